import { type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Statement } from '../../datasource/api';
import { REPAIR } from '../repair-texts';

interface Props {
  readonly statements: readonly Statement[];
  /** null unless something was written */
  readonly inverse: Statement | null;
}

/** Word by word what is sent to the database, and each parameter beside its number. */
export function StatementList({ statements, inverse }: Props) {
  const styles = useStyles2(getStyles);
  if (statements.length === 0) {
    return null;
  }
  return (
    <details className={styles.list}>
      <summary>{REPAIR.statements}</summary>
      {statements.map((statement, i) => (
        <Sent key={i} statement={statement} />
      ))}
      {inverse !== null && (
        <>
          <div>{REPAIR.inverse}</div>
          <Sent statement={inverse} />
        </>
      )}
    </details>
  );
}

function Sent({ statement: { text, values } }: { readonly statement: Statement }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.sent}>
      <pre>{text}</pre>
      {values.length > 0 && (
        <pre>{values.map((value, i) => `$${i + 1} = ${value === null ? REPAIR.null : `'${value}'`}`).join('\n')}</pre>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({
    padding: theme.spacing(0.25, 1),
    summary: { cursor: 'pointer', color: theme.colors.text.secondary },
  }),
  sent: css({
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    margin: theme.spacing(0.5, 0),
    pre: { flex: '1 1 180px', margin: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
    'pre:first-child': { flexGrow: 3 },
  }),
});
