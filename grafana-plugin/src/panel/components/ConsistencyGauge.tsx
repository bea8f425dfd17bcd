import { type GrafanaTheme2 } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check } from '../../datasource/api';
import { rateText } from '../model/format';
import { HEADER } from '../texts';

interface Props {
  readonly check: Check;
  readonly compact: boolean;
}

const WIDTH = 160;
const RADIUS = 64;
const CENTRE = { x: WIDTH / 2, y: 76 };
const LENGTH = Math.PI * RADIUS;

/**
 * A half circle that begins where it matters: well below the lower threshold. From 0 on, 95 % and 99 % would lie a
 * hand's breadth from the end. @grafana/ui has had no gauge since 13.0.
 */
export function ConsistencyGauge({ check, compact }: Props) {
  const theme = useTheme2();
  const styles = useStyles2(getStyles);
  const { thresholds, result } = check;
  const ratio = result?.consistency_ratio ?? null;
  const from = Math.max(0, Math.min(1 - 2 * (1 - thresholds.degraded), ratio ?? 1));
  const place = (value: number) => (from >= 1 ? 1 : Math.min(1, Math.max(0, (value - from) / (1 - from))));
  const color = ratio === null ? theme.colors.text.disabled : colorOf(theme, ratio, thresholds);
  const text = rateText(check) ?? HEADER.noRatio;
  return (
    <svg
      className={styles.gauge}
      style={{ opacity: check.held ? 0.6 : 1, width: compact ? WIDTH * 0.7 : WIDTH }}
      viewBox={`0 0 ${WIDTH} 92`}
      role="meter"
      aria-label={HEADER.gauge(check.name)}
      aria-valuemin={0}
      aria-valuemax={1}
      aria-valuenow={ratio ?? 0}
      aria-valuetext={text}
    >
      <path d={arc()} fill="none" stroke={theme.colors.background.secondary} strokeWidth={14} />
      {ratio !== null && (
        <path
          d={arc()}
          fill="none"
          stroke={color}
          strokeWidth={14}
          strokeDasharray={`${Math.max(place(ratio) * LENGTH, 2)} ${LENGTH}`}
        />
      )}
      {[...new Set([thresholds.degraded, thresholds.healthy])].map((value) => (
        <Mark key={value} at={place(value)} label={`${Number((value * 100).toFixed(2))} %`} />
      ))}
      <text x={CENTRE.x} y={CENTRE.y - 4} textAnchor="middle" className={styles.value} fill={theme.colors.text.primary}>
        {text}
      </text>
      <text
        x={CENTRE.x - RADIUS}
        y={90}
        textAnchor="middle"
        className={styles.scale}
        fill={theme.colors.text.secondary}
      >
        {`${Math.round(from * 100)} %`}
      </text>
      <text
        x={CENTRE.x + RADIUS}
        y={90}
        textAnchor="middle"
        className={styles.scale}
        fill={theme.colors.text.secondary}
      >
        100 %
      </text>
    </svg>
  );
}

/** A threshold: a line across the arc, named on hover. */
function Mark({ at, label }: { readonly at: number; readonly label: string }) {
  const theme = useTheme2();
  const angle = Math.PI * (1 - at);
  const point = (radius: number) => ({
    x: CENTRE.x + radius * Math.cos(angle),
    y: CENTRE.y - radius * Math.sin(angle),
  });
  const [inner, outer] = [point(RADIUS - 9), point(RADIUS + 9)];
  return (
    <line x1={inner.x} y1={inner.y} x2={outer.x} y2={outer.y} stroke={theme.colors.text.primary} strokeWidth={2}>
      <title>{label}</title>
    </line>
  );
}

function arc(): string {
  return `M ${CENTRE.x - RADIUS} ${CENTRE.y} A ${RADIUS} ${RADIUS} 0 0 1 ${CENTRE.x + RADIUS} ${CENTRE.y}`;
}

function colorOf(theme: GrafanaTheme2, ratio: number, { healthy, degraded }: Check['thresholds']): string {
  const { success, warning, error } = theme.colors;
  return ratio >= healthy ? success.main : ratio >= degraded ? warning.main : error.main;
}

const getStyles = (theme: GrafanaTheme2) => ({
  gauge: css({ maxWidth: '100%', height: 'auto', flexShrink: 0 }),
  value: css({ fontSize: 22, fontWeight: theme.typography.fontWeightMedium }),
  scale: css({ fontSize: 9 }),
});
