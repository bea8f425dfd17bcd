import { type GrafanaTheme2, type TimeRange } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { Badge, ClipboardButton, Drawer, LinkButton, LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check, ExporterApi, ViolationDetail } from '../../datasource/api';
import { useViolation } from '../hooks/useViolation';
import { keyText } from '../model/format';
import { failureNotice } from '../model/notice';
import { DRAWER } from '../texts';
import { CurrentRows } from './CurrentRows';
import { Life } from './Life';
import { Notices } from './Notices';
import { SidesTable } from './SidesTable';

interface Props {
  readonly api: ExporterApi;
  readonly id: string;
  readonly check: Check;
  readonly timeZone: TimeZone;
  readonly timeRange: TimeRange;
  /** another value reads the violation again */
  readonly version: unknown;
  readonly onClose: () => void;
}

export function ViolationDrawer({ api, id, check, timeZone, timeRange, version, onClose }: Props) {
  const { detail, failure } = useViolation(api, id, version);
  return (
    <Drawer title={detail ? keyText(detail, check) : DRAWER.title} subtitle={check.name} size="md" onClose={onClose}>
      {detail === null && failure === null && <LoadingPlaceholder text={DRAWER.loading} />}
      {failure !== null && <Notices notices={[failureNotice(failure, DRAWER.failed)]} />}
      {detail && <Contents detail={detail} check={check} timeZone={timeZone} timeRange={timeRange} />}
    </Drawer>
  );
}

interface ContentsProps extends Pick<Props, 'check' | 'timeZone' | 'timeRange'> {
  readonly detail: ViolationDetail;
}

function Contents({ detail, check, timeZone, timeRange }: ContentsProps) {
  const styles = useStyles2(getStyles);
  const range = `from=${timeRange.from.valueOf()}&to=${timeRange.to.valueOf()}`;
  const runbook = check.runbook !== null && /^https?:\/\//i.test(check.runbook) ? check.runbook : null;
  return (
    <div className={styles.contents}>
      <div className={styles.row}>
        <Badge text={detail.state} color={detail.state === 'open' ? 'orange' : 'green'} />
        <Badge text={detail.kind} color="blue" />
        <span>{DRAWER.seen(detail.times_seen)}</span>
      </div>
      <div className={styles.row}>
        <ClipboardButton size="sm" variant="secondary" icon="copy" getText={() => keyText(detail, check)}>
          {DRAWER.copy}
        </ClipboardButton>
        <LinkButton
          size="sm"
          variant="secondary"
          icon="chart-line"
          href={`/d/lockstep-check?var-check=${encodeURIComponent(check.name)}&${range}`}
        >
          {DRAWER.history}
        </LinkButton>
        {runbook !== null && (
          <LinkButton
            size="sm"
            variant="secondary"
            icon="book"
            href={runbook}
            target="_blank"
            rel="noopener noreferrer"
          >
            {DRAWER.runbook}
          </LinkButton>
        )}
      </div>
      <h4>{DRAWER.sides}</h4>
      <SidesTable detail={detail} check={check} />
      <h4>{DRAWER.life}</h4>
      <Life life={detail.life} check={check} timeZone={timeZone} />
      <h4>{DRAWER.rows}</h4>
      <CurrentRows current={detail.current} reason={detail.current_error} />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  contents: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(1.5) }),
  row: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
});
