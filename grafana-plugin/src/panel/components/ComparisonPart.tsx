import { type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check, Comparison } from '../../datasource/api';
import { countText } from '../model/format';
import { BASELINE } from '../texts';
import { ValueText } from './ValueText';

interface Props {
  readonly title: string;
  readonly part: Comparison['new'];
  readonly check: Pick<Check, 'fields'>;
}

/** So many of each kind; the rows on demand. */
export function ComparisonPart({ title, part, check: { fields } }: Props) {
  const styles = useStyles2(getStyles);
  const names = [...fields.key, ...fields.left, ...fields.right];
  const kinds = Object.entries(part.by_kind).map(([kind, count]) => `${kind} ${countText(count)}`);
  const summary = [`${title}: ${countText(part.total)}`, ...kinds].join(' · ');
  if (part.total === 0) {
    return <div className={styles.none}>{summary}</div>;
  }
  return (
    <details className={styles.part}>
      <summary>{summary}</summary>
      <div className={styles.rows} role="region" tabIndex={0} aria-label={title}>
        <table>
          <thead>
            <tr>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {part.rows.map((row, i) => (
              <tr key={i}>
                {names.map((name) => (
                  <td key={name}>
                    <ValueText value={row[name]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {part.rows.length < part.total && <p>{BASELINE.some(part.rows.length, countText(part.total))}</p>}
    </details>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  none: css({ color: theme.colors.text.secondary }),
  part: css({ summary: { cursor: 'pointer' }, p: { color: theme.colors.text.secondary } }),
  rows: css({
    maxHeight: 320,
    overflow: 'auto',
    margin: theme.spacing(0.5, 0),
    table: { width: '100%' },
    th: { fontWeight: 'normal', color: theme.colors.text.secondary, textAlign: 'left', whiteSpace: 'nowrap' },
    'th, td': { padding: theme.spacing(0.5, 1), borderBottom: `1px solid ${theme.colors.border.weak}` },
    td: { fontVariantNumeric: 'tabular-nums' },
  }),
});
