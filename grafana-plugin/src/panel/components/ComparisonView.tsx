import { type GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { LoadingPlaceholder, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useCallback } from 'react';
import type { Check, Comparison, ExporterApi } from '../../datasource/api';
import { useAnswer } from '../hooks/useAnswer';
import { percentText, pointsText, timeText } from '../model/format';
import { failureNotice, type Notice } from '../model/notice';
import { BASELINE, NOTICE } from '../texts';
import { ComparisonPart } from './ComparisonPart';
import { Facts } from './Facts';
import { Notices } from './Notices';

interface Props {
  readonly api: ExporterApi;
  readonly check: Check;
  /** its id */
  readonly baseline: string;
  readonly timeZone: TimeZone;
  readonly version: unknown;
}

export function ComparisonView({ api, check, baseline, timeZone, version }: Props) {
  const { answer, failure } = useAnswer(
    useCallback(() => api.comparison(baseline), [api, baseline]),
    version
  );
  const styles = useStyles2(getStyles);
  if (answer === null) {
    return failure === null ? (
      <LoadingPlaceholder text={BASELINE.comparing} />
    ) : (
      <Notices notices={[failureNotice(failure, BASELINE.notCompared)]} />
    );
  }
  const { baseline: then, now, drift_points: drift } = answer;
  return (
    <section className={styles.comparison} aria-label={BASELINE.comparison}>
      <Notices notices={noticesOf(answer, failure, timeZone)} />
      <Facts
        facts={[
          { label: BASELINE.drift, value: pointsText(drift) },
          { label: BASELINE.then(timeText(then.run_at, timeZone)), value: percentText(then) },
          { label: BASELINE.now(timeText(now.at, timeZone)), value: percentText(now) },
        ]}
      />
      <ComparisonPart title={BASELINE.new} part={answer.new} check={check} />
      <ComparisonPart title={BASELINE.resolved} part={answer.resolved} check={check} />
      <ComparisonPart title={BASELINE.still} part={answer.still} check={check} />
    </section>
  );
}

function noticesOf({ now, capped }: Comparison, failure: unknown, timeZone: TimeZone): Notice[] {
  return [
    ...(failure === null ? [] : [failureNotice(failure, BASELINE.notCompared)]),
    ...(now.held ? [{ severity: 'warning' as const, title: NOTICE.sourceDown(timeText(now.at, timeZone)) }] : []),
    ...(capped ? [{ severity: 'warning' as const, title: BASELINE.capped }] : []),
  ];
}

const getStyles = (theme: GrafanaTheme2) => ({
  comparison: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1),
    marginBottom: theme.spacing(3),
  }),
});
