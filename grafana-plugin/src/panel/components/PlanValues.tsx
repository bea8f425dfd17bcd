import { type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { PlanRow } from '../../datasource/api';
import { valueText } from '../model/format';
import { changesOf } from '../model/plan';
import { REPAIR } from '../repair-texts';
import { ValueText } from './ValueText';

/** Column by column what the row holds and what it will; beside it what the other side holds. */
export function PlanValues({ row }: { readonly row: PlanRow }) {
  const styles = useStyles2(getStyles);
  const changes = changesOf(row);
  const other = Object.entries(row.other ?? {}).map(([column, value]) => `${column} ${valueText(value)}`);
  if (changes.length === 0) {
    return null;
  }
  return (
    <>
      <table className={styles.values}>
        <thead>
          <tr>
            <th scope="col">{REPAIR.column}</th>
            <th scope="col">{REPAIR.before}</th>
            <th scope="col">{REPAIR.after}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ column, before, after, changes: stands }) => (
            <tr key={column} className={stands ? styles.stands : undefined}>
              <th scope="row">{column}</th>
              <td>
                <ValueText value={before} />
              </td>
              <td>
                <ValueText value={after} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {other.length > 0 && (
        <div className={styles.other}>
          {REPAIR.otherSide}: {other.join(', ')}
        </div>
      )}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  values: css({
    width: '100%',
    maxWidth: 720,
    tableLayout: 'fixed',
    th: { fontWeight: 'normal', color: theme.colors.text.secondary, textAlign: 'left' },
    'th, td': { padding: theme.spacing(0.25, 1), overflowWrap: 'anywhere', verticalAlign: 'top' },
  }),
  stands: css({
    background: theme.colors.warning.transparent,
    // the same style in two tables is one class, whose place among theirs is that of the first
    '&& th': { color: theme.colors.text.primary },
    td: { fontWeight: theme.typography.fontWeightMedium },
  }),
  other: css({ color: theme.colors.text.secondary, padding: theme.spacing(0.25, 1) }),
});
