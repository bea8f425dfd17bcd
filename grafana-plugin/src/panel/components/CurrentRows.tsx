import { type GrafanaTheme2 } from '@grafana/data';
import { Alert, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { ViolationDetail } from '../../datasource/api';
import { DRAWER } from '../texts';
import { ValueText } from './ValueText';

interface Props {
  readonly current: ViolationDetail['current'];
  /** why there is none */
  readonly reason: string | null;
}

/** Both sides side by side, read again at this moment, with their context columns. */
export function CurrentRows({ current, reason }: Props) {
  const styles = useStyles2(getStyles);
  if (current === null) {
    return (
      <Alert severity="warning" title={DRAWER.unreadable}>
        {reason}
      </Alert>
    );
  }
  return (
    <div className={styles.sides}>
      {current.map(({ side, source, table, rows }) => (
        <section key={side} aria-label={side === null ? table : `${side}: ${table}`}>
          <h5>{table}</h5>
          <small>{side === null ? source : `${side} · ${source}`}</small>
          {rows.length === 0 && <p>{DRAWER.noRow}</p>}
          {rows.map((row, i) => (
            <dl key={i} className={styles.row}>
              {Object.entries(row).map(([name, value]) => (
                <React.Fragment key={name}>
                  <dt>{name}</dt>
                  <dd>
                    <ValueText value={value} />
                  </dd>
                </React.Fragment>
              ))}
            </dl>
          ))}
        </section>
      ))}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  sides: css({ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(200px, 1fr))', gap: theme.spacing(2) }),
  row: css({
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    gap: theme.spacing(0.25, 1),
    margin: theme.spacing(1, 0),
    dt: { color: theme.colors.text.secondary, fontWeight: 'normal' },
    dd: { margin: 0 },
  }),
});
