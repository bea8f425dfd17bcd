import { type GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check, ViolationDetail } from '../../datasource/api';
import { timeText, valueText } from '../model/format';
import { EVENT_TEXTS } from '../texts';

interface Props {
  readonly life: ViolationDetail['life'];
  readonly check: Check;
  readonly timeZone: TimeZone;
}

/** What happened to a violation, newest first. */
export function Life({ life, check, timeZone }: Props) {
  const styles = useStyles2(getStyles);
  const values = [...check.fields.left, ...check.fields.right];
  return (
    <ol className={styles.life} reversed>
      {[...life].reverse().map((step) => (
        <li key={`${step.at} ${step.event}`}>
          <span
            className={step.event === 'resolved' || step.event === 'marked' ? styles.resolved : styles.opened}
            aria-hidden
          />
          <time dateTime={step.at}>{timeText(step.at, timeZone)}</time>
          <strong>{EVENT_TEXTS[step.event] ?? step.event}</strong>
          <span className={styles.values}>
            {step.by !== null && `${step.by}${step.reason === null ? '' : `: ${step.reason}`} · `}
            {step.kind}
            {values.map((name) => ` · ${name} ${valueText(step.row[name])}`)}
          </span>
        </li>
      ))}
    </ol>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const dot = { width: theme.spacing(1), height: theme.spacing(1), borderRadius: '50%', flexShrink: 0 } as const;
  return {
    life: css({
      listStyle: 'none',
      margin: 0,
      paddingLeft: theme.spacing(1),
      borderLeft: `2px solid ${theme.colors.border.medium}`,
      li: {
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        gap: theme.spacing(1),
        padding: theme.spacing(0.25, 0),
      },
    }),
    opened: css({ ...dot, background: theme.colors.warning.main }),
    resolved: css({ ...dot, background: theme.colors.success.main }),
    values: css({ color: theme.colors.text.secondary, overflowWrap: 'anywhere' }),
  };
};
