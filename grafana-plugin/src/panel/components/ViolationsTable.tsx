import { type GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { Button, Checkbox, type Column, type FetchDataFunc, InteractiveTable, useStyles2 } from '@grafana/ui';
import { css, cx } from '@emotion/css';
import React, { useCallback, useEffect, useMemo, useRef } from 'react';
import type { Check, Violation } from '../../datasource/api';
import type { Order } from '../hooks/useViolations';
import { useNow } from '../hooks/useNow';
import type { ViolationColumn } from '../model/columns';
import { keyText } from '../model/format';
import { TABLE } from '../texts';
import { ViolationCell } from './ViolationCell';

interface Props {
  readonly check: Check;
  readonly columns: readonly ViolationColumn[];
  /** one page; the exporter has sorted it */
  readonly rows: readonly Violation[];
  readonly timeZone: TimeZone;
  readonly compact: boolean;
  readonly onOrder: (order: Order | null) => void;
  readonly onOpen: (id: string) => void;
  /** ids */
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (rows: readonly Violation[], selected: boolean) => void;
}

const AGE_MOVES_EVERY_MS = 10_000;

/**
 * Given one page, never `pageSize`: sorting 10,000 rows inside the table blocks the page for half a second, and on 11.6
 * a refresh would go back to its first page.
 */
export function ViolationsTable(props: Props) {
  const { check, columns, rows, timeZone, compact, onOrder, onOpen, selected, onSelect } = props;
  const styles = useStyles2(getStyles);
  const now = useNow(AGE_MOVES_EVERY_MS);
  const definitions = useMemo((): Array<Column<Violation>> => {
    const shown = columns.map((column): Column<Violation> => ({
      id: column.id,
      header: column.header,
      // the rows come sorted: nothing is compared here, but only a function makes the header a button
      ...(column.sort === null ? {} : { sortType: () => 0 }),
      cell: ({ row }: { row: { original: Violation } }) => (
        <ViolationCell column={column} violation={row.original} check={check} timeZone={timeZone} now={now} />
      ),
    }));
    const details: Column<Violation> = {
      id: 'details',
      header: TABLE.details,
      cell: ({ row }: { row: { original: Violation } }) => (
        <Button
          size="sm"
          fill="text"
          icon="eye"
          aria-label={TABLE.detailsOf(keyText(row.original, check))}
          onClick={() => onOpen(row.original.id)}
        />
      ),
    };
    return [details, ...shown];
  }, [columns, check, timeZone, now, onOpen]);
  const selection = useMemo(
    (): Column<Violation> => selectionColumn(check, selected, onSelect),
    [check, selected, onSelect]
  );
  const all = useMemo(() => [selection, ...definitions], [selection, definitions]);

  const latest = useRef({ columns, onOrder });
  useEffect(() => {
    latest.current = { columns, onOrder };
  }, [columns, onOrder]);
  const fetchData = useCallback<FetchDataFunc<Violation>>(({ sortBy }) => {
    const [by] = sortBy;
    const sort = latest.current.columns.find(({ id }) => id === by?.id)?.sort;
    latest.current.onOrder(sort ? { sort, order: by?.desc ? 'desc' : 'asc' } : null);
  }, []);
  const data = useMemo(() => [...rows], [rows]);
  return (
    <>
      {/* in a column a label alone would be as wide as the panel, its text in the middle */}
      <div>
        <PageCheckbox rows={rows} selected={selected} onSelect={onSelect} />
      </div>
      <div
        className={cx(styles.table, compact && styles.compact)}
        role="region"
        tabIndex={0}
        aria-label={TABLE.details}
      >
        <InteractiveTable columns={all} data={data} getRowId={getRowId} fetchData={fetchData} />
      </div>
    </>
  );
}

/** The header is plain text: Grafana 11 knows no other, so the whole page has its box above the table. */
function selectionColumn(check: Check, selected: ReadonlySet<string>, onSelect: Props['onSelect']): Column<Violation> {
  return {
    id: 'select',
    header: TABLE.select,
    cell: ({ row }: { row: { original: Violation } }) => (
      <Checkbox
        aria-label={TABLE.selectOne(keyText(row.original, check))}
        value={selected.has(row.original.id)}
        onChange={({ currentTarget }) => onSelect([row.original], currentTarget.checked)}
      />
    ),
  };
}

function PageCheckbox({ rows, selected, onSelect }: Pick<Props, 'rows' | 'selected' | 'onSelect'>) {
  const chosen = rows.filter(({ id }) => selected.has(id)).length;
  return (
    <Checkbox
      label={TABLE.selectPage}
      disabled={rows.length === 0}
      value={rows.length > 0 && chosen === rows.length}
      indeterminate={chosen > 0 && chosen < rows.length}
      onChange={({ currentTarget }) => onSelect(rows, currentTarget.checked)}
    />
  );
}

const getRowId = ({ id }: Violation) => id;

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    flex: '1 1 auto',
    minHeight: 120,
    overflow: 'auto',
    th: { position: 'sticky', top: 0, zIndex: 1, background: theme.colors.background.primary, whiteSpace: 'nowrap' },
    td: { fontVariantNumeric: 'tabular-nums', maxWidth: 360 },
    time: { whiteSpace: 'nowrap' },
  }),
  compact: css({ td: { paddingTop: 0, paddingBottom: 0 } }),
});
