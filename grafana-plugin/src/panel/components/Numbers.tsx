import { type GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { useStyles2 } from '@grafana/ui';
import { css, cx } from '@emotion/css';
import React from 'react';
import type { Check } from '../../datasource/api';
import { countText, timeText } from '../model/format';
import { HEADER } from '../texts';

interface Props {
  readonly check: Check;
  /** of the newest run; null when it is not known */
  readonly durationSeconds: number | null;
  readonly timeZone: TimeZone;
  readonly compact: boolean;
}

export function Numbers({ check, durationSeconds, timeZone, compact }: Props) {
  const styles = useStyles2(getStyles);
  const { result } = check;
  const time = (iso: string | null, otherwise: string) => (iso === null ? otherwise : timeText(iso, timeZone));
  const numbers = [
    { label: HEADER.checked, value: countText(result?.checked) },
    { label: HEADER.open, value: countText(result?.inconsistent) },
    { label: HEADER.attention, value: check.requires_attention ? HEADER.yes : HEADER.no },
    { label: HEADER.lastCheck, value: time(check.last_check, HEADER.never) },
    { label: HEADER.nextCheck, value: time(check.next_run, HEADER.unscheduled) },
    ...(durationSeconds === null ? [] : [{ label: HEADER.duration, value: `${durationSeconds} s` }]),
  ];
  return (
    <dl className={cx(styles.numbers, compact && styles.compact)}>
      {numbers.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  numbers: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1, 3),
    margin: 0,
    flexGrow: 1,
    dt: { color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize, fontWeight: 'normal' },
    dd: { margin: 0, fontSize: theme.typography.h5.fontSize, fontVariantNumeric: 'tabular-nums' },
  }),
  compact: css({ gap: theme.spacing(0.5, 2), dd: { fontSize: theme.typography.body.fontSize } }),
});
