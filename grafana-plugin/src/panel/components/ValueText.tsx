import { type GrafanaTheme2 } from '@grafana/data';
import { Badge, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import { isRedacted, type Value, valueText } from '../model/format';
import { TABLE } from '../texts';

/** A value of a row: always text, never markup; what the exporter keeps back is marked. */
export function ValueText({ value }: { readonly value: Value | undefined }) {
  const styles = useStyles2(getStyles);
  if (isRedacted(value)) {
    return <Badge text={TABLE.redacted} color="blue" icon="eye-slash" />;
  }
  const absent = value === null || value === undefined;
  return (
    <span
      className={absent ? styles.absent : styles.value}
      aria-label={absent ? TABLE.absent : undefined}
      role={absent ? 'img' : undefined}
    >
      {valueText(value)}
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  value: css({ overflowWrap: 'break-word', whiteSpace: 'pre-wrap' }),
  absent: css({ color: theme.colors.text.secondary }),
});
