import { type DataQueryRequest, type GrafanaTheme2, LoadingState, type PanelProps } from '@grafana/data';
import { LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useCallback, useState } from 'react';
import type { Check } from '../datasource/api';
import type { LockstepQuery } from '../datasource/query';
import { mayRepair, maySeeRows } from '../datasource/role';
import { CheckActions } from './components/CheckActions';
import { ConsistencyGauge } from './components/ConsistencyGauge';
import { Notices } from './components/Notices';
import { Numbers } from './components/Numbers';
import { RepairDrawer } from './components/RepairDrawer';
import { StatusBadge } from './components/StatusBadge';
import { ViolationsSection } from './components/ViolationsSection';
import { useCheck } from './hooks/useCheck';
import { type LockstepSource, useDataSource } from './hooks/useDataSource';
import { useRepairs } from './hooks/useRepairs';
import { useRun } from './hooks/useRun';
import { timeText } from './model/format';
import { failureNotice, noticesOf } from './model/notice';
import type { PanelOptions } from './options';
import { NOTICE } from './texts';

export function ViolationsPanel(props: PanelProps<PanelOptions>) {
  const { data, datasource } = { ...props, datasource: props.data.request?.targets[0]?.datasource };
  const source = useDataSource(datasource);
  if (datasource === undefined && data.state !== LoadingState.Loading) {
    return <Notices notices={[{ severity: 'info', title: NOTICE.noQuery }]} />;
  }
  if (source instanceof Error) {
    return <Notices notices={[{ severity: 'error', title: NOTICE.noDatasource, detail: source.message }]} />;
  }
  return source === null ? <LoadingPlaceholder text={NOTICE.loading} /> : <CheckPanel {...props} source={source} />;
}

function CheckPanel({ source, ...props }: PanelProps<PanelOptions> & { readonly source: LockstepSource }) {
  const styles = useStyles2(getStyles);
  const { data, options, replaceVariables } = props;
  const [refreshes, setRefreshes] = useState(0);
  const query = (data.request as DataQueryRequest<LockstepQuery> | undefined)?.targets[0];
  const named = replaceVariables(options.check || (query?.check ?? ''));
  const { check, failure } = useCheck(source.api, data, named, refreshes);
  const onFinished = useCallback(() => setRefreshes((before) => before + 1), []);
  const failures = failure === null ? [] : [failureNotice(failure)];
  return (
    <div className={styles.panel} style={{ width: props.width, height: props.height }}>
      <Notices notices={failures} />
      {check === null && failure === null && <LoadingPlaceholder text={NOTICE.loading} />}
      {check !== null && (
        <CheckView {...props} source={source} check={check} refreshes={refreshes} onFinished={onFinished} />
      )}
    </div>
  );
}

interface CheckViewProps extends PanelProps<PanelOptions> {
  readonly source: LockstepSource;
  readonly check: Check;
  readonly refreshes: number;
  readonly onFinished: () => void;
}

function CheckView({ data, options, timeZone, timeRange, source, check, refreshes, onFinished }: CheckViewProps) {
  const styles = useStyles2(getStyles);
  const run = useRun(source.api, check.name, onFinished);
  // the rows that were written are looked at again at once, and what the panel shows follows
  const repairs = useRepairs(source.api, check.name, run.start);
  const allowed = maySeeRows();
  const shows = (section: PanelOptions['sections'][number]) => options.sections.includes(section);
  const when = check.last_check === null ? null : timeText(check.last_check, timeZone);
  // the rows are read again when the dashboard refreshes, a run of ours ends, or the exporter has looked again
  const version = `${data.request?.startTime ?? 0} ${refreshes} ${check.last_attempt ?? ''}`;
  const notices = [
    ...noticesOf(check, when),
    ...(allowed || !shows('table') ? [] : [{ severity: 'info' as const, title: NOTICE.viewer }]),
  ];
  const duration = run.state.step === 'finished' ? run.state.run.duration_seconds : check.last_duration_seconds;
  return (
    <>
      {shows('status') && (
        <div className={styles.header}>
          <ConsistencyGauge check={check} compact={options.compact} />
          <div className={styles.state}>
            <StatusBadge check={check} timeZone={timeZone} />
            {check.description !== null && !options.compact && <span>{check.description}</span>}
            <CheckActions
              {...{ api: source.api, check, timeZone, run, version }}
              onChanged={onFinished}
              onRepairs={repairs.list}
            />
          </div>
          {shows('numbers') && (
            <Numbers check={check} durationSeconds={duration} timeZone={timeZone} compact={options.compact} />
          )}
        </div>
      )}
      {!shows('status') && shows('numbers') && (
        <Numbers check={check} durationSeconds={duration} timeZone={timeZone} compact={options.compact} />
      )}
      <Notices notices={notices} />
      {shows('table') && allowed && (
        <ViolationsSection
          key={check.name}
          api={source.api}
          check={check}
          options={options}
          timeZone={timeZone}
          timeRange={timeRange}
          version={version}
          onChanged={onFinished}
          onRepair={check.sync && mayRepair() ? repairs.preview : null}
        />
      )}
      <RepairDrawer api={source.api} check={check} timeZone={timeZone} repairs={repairs} />
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  panel: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), overflow: 'auto' }),
  header: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1, 3) }),
  state: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1), minWidth: 0, flex: '1 1 360px' }),
});
