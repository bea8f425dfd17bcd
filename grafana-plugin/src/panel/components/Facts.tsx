import { type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { css, cx } from '@emotion/css';
import React from 'react';

interface Props {
  readonly facts: ReadonlyArray<{ readonly label: string; readonly value: string }>;
  readonly compact?: boolean;
}

/** Short values, each under its name. */
export function Facts({ facts, compact = false }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <dl className={cx(styles.facts, compact && styles.compact)}>
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  facts: css({
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
