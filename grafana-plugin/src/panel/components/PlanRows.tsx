import { type GrafanaTheme2 } from '@grafana/data';
import { Badge, Button, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { Plan, PlanRow } from '../../datasource/api';
import { valueText } from '../model/format';
import { ACTION_TEXTS, OUTCOME_TEXTS, REPAIR } from '../repair-texts';
import { PlanValues } from './PlanValues';
import { StatementList } from './StatementList';

/** As many rows of a plan as a page shows without a wait. */
const SHOWN = 50;

const COLORS = { planned: 'blue', writing: 'orange', written: 'green', skipped: 'purple', failed: 'red' } as const;

export function PlanRows({ plan: { rows, state } }: { readonly plan: Plan }) {
  const styles = useStyles2(getStyles);
  const [shown, setShown] = useState(SHOWN);
  const hidden = rows.length - shown;
  return (
    <>
      <ul className={styles.rows} aria-label={REPAIR.rows}>
        {rows.slice(0, shown).map((row) => (
          <li key={row.violation_id}>
            <div className={styles.head}>
              <strong>{Object.values(row.key).map(valueText).join(' / ')}</strong>
              <span>{whatText(row)}</span>
              <Badge text={outcomeText(row, state)} color={COLORS[row.outcome]} />
              {row.reason !== null && <span className={styles.reason}>{row.reason}</span>}
            </div>
            <PlanValues row={row} />
            <StatementList statements={row.statements} inverse={row.inverse} />
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <Button size="sm" variant="secondary" fill="text" onClick={() => setShown(shown + SHOWN)}>
          {REPAIR.more(Math.min(hidden, SHOWN))}
        </Button>
      )}
    </>
  );
}

function whatText({ action, table, kind }: PlanRow): string {
  return action === null ? kind : `${kind}: ${ACTION_TEXTS[action]} in ${table ?? ''}`;
}

/** A dry run's row reads as written, and was rolled back. */
function outcomeText({ outcome }: PlanRow, state: Plan['state']): string {
  return state === 'planned' && outcome === 'written' ? REPAIR.rowTried : OUTCOME_TEXTS[outcome];
}

const getStyles = (theme: GrafanaTheme2) => ({
  rows: css({
    listStyle: 'none',
    '> li': { padding: theme.spacing(1, 0), borderTop: `1px solid ${theme.colors.border.weak}` },
  }),
  head: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 1.5),
    overflowWrap: 'anywhere',
  }),
  reason: css({ color: theme.colors.text.secondary }),
});
