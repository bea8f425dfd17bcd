import { type GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Violations } from '../hooks/useViolations';
import { TABLE } from '../texts';

interface Props {
  readonly violations: Violations;
  readonly pageSize: number;
}

/** First, previous, next: a list with a cursor has no page numbers, and nobody remembers one. */
export function Pager({ violations: { page, at, first, previous, next }, pageSize }: Props) {
  const styles = useStyles2(getStyles);
  const [rows, total] = [page?.rows.length ?? 0, page?.total ?? 0];
  const from = at * pageSize;
  return (
    <div className={styles.pager}>
      <span role="status">{TABLE.range(from + 1, from + rows, total)}</span>
      <Button
        size="sm"
        variant="secondary"
        icon="angle-double-right"
        className={styles.first}
        aria-label={TABLE.first}
        disabled={at === 0}
        onClick={first}
      />
      <Button
        size="sm"
        variant="secondary"
        icon="angle-left"
        aria-label={TABLE.previous}
        disabled={at === 0}
        onClick={previous}
      />
      <Button
        size="sm"
        variant="secondary"
        icon="angle-right"
        aria-label={TABLE.next}
        disabled={!page?.next_cursor}
        onClick={next}
      />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  pager: css({
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'flex-end',
    gap: theme.spacing(0.5),
    flexShrink: 0,
  }),
  // `angle-double-left` is an icon of Grafana's core only
  first: css({ svg: { transform: 'rotate(180deg)' } }),
});
