import { type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check, ViolationDetail } from '../../datasource/api';
import { DRAWER } from '../texts';
import { ValueText } from './ValueText';

interface Props {
  readonly detail: ViolationDetail;
  readonly check: Check;
}

/** Every field of the check, as it was when first seen and as it is; what disagrees with its partner stands out. */
export function SidesTable({ detail: { row, first_row: firstRow }, check: { fields } }: Props) {
  const styles = useStyles2(getStyles);
  const differs = (i: number) => {
    const [left, right] = [fields.left[i], fields.right[i]];
    return left !== undefined && right !== undefined && row[left] !== row[right];
  };
  const lines = [
    ...fields.key.map((name) => ({ name, stands: false })),
    ...fields.left.map((name, i) => ({ name, stands: differs(i) })),
    ...fields.right.map((name, i) => ({ name, stands: differs(i) })),
  ];
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">{DRAWER.field}</th>
          <th scope="col">{DRAWER.now}</th>
          <th scope="col">{DRAWER.firstSeen}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ name, stands }) => (
          <tr key={name} className={stands ? styles.stands : undefined}>
            <th scope="row">{name}</th>
            <td>
              <ValueText value={row[name]} />
            </td>
            <td>
              <ValueText value={firstRow[name]} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    width: '100%',
    th: { fontWeight: 'normal', color: theme.colors.text.secondary, textAlign: 'left' },
    'th, td': {
      padding: theme.spacing(0.5, 1),
      borderBottom: `1px solid ${theme.colors.border.weak}`,
      verticalAlign: 'top',
    },
  }),
  stands: css({
    background: theme.colors.warning.transparent,
    // the same style in two tables is one class, whose place among theirs is that of the first
    '&& th': { color: theme.colors.text.primary },
    td: { fontWeight: theme.typography.fontWeightMedium },
  }),
});
