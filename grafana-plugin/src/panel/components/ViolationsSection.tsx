import { type TimeRange } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { LoadingPlaceholder } from '@grafana/ui';
import React, { useCallback, useMemo, useRef, useState } from 'react';
import type { Check, ExporterApi } from '../../datasource/api';
import type { ViolationFilter } from '../../datasource/query';
import { useDebounced } from '../hooks/useDebounced';
import { useExport } from '../hooks/useExport';
import { useMarks } from '../hooks/useMarks';
import { useSelection } from '../hooks/useSelection';
import { type Order, useViolations } from '../hooks/useViolations';
import { columnsOf } from '../model/columns';
import { failureNotice, type Notice } from '../model/notice';
import type { PanelOptions } from '../options';
import { NOTICE, TABLE } from '../texts';
import { Notices } from './Notices';
import { Pager } from './Pager';
import { type Filter, TableBar } from './TableBar';
import { SelectionBar } from './SelectionBar';
import { ViolationDrawer } from './ViolationDrawer';
import { ViolationsTable } from './ViolationsTable';

interface Props {
  readonly api: ExporterApi;
  readonly check: Check;
  readonly options: PanelOptions;
  readonly timeZone: TimeZone;
  readonly timeRange: TimeRange;
  /** another value reads the page again */
  readonly version: unknown;
  /** marks have changed what is open */
  readonly onChanged: () => void;
  /** previews a repair of violations by their ids; null: nobody may, or nothing can */
  readonly onRepair: ((ids: readonly string[]) => void) | null;
}

const NEWEST_FIRST: Order = { sort: 'first_seen', order: 'desc' };
const TYPING_MS = 100;

export function ViolationsSection({ api, check, options, timeZone, timeRange, version, onChanged, onRepair }: Props) {
  const [filter, setFilter] = useState<Filter>({ search: '', kinds: [], state: 'open' });
  const [order, setOrder] = useState<Order>(NEWEST_FIRST);
  const [opened, setOpened] = useState<string | null>(null);
  const search = useDebounced(filter.search, TYPING_MS);
  const { kinds, state } = filter;
  const wanted = useMemo(
    (): ViolationFilter => ({ check: check.name, kinds, state, search }),
    [check.name, kinds, state, search]
  );
  const violations = useViolations(api, wanted, order, options.pageSize, version);
  const exports = useExport(api, check, wanted, order);
  const columns = useMemo(() => columnsOf(check, options.hiddenColumns), [check, options.hiddenColumns]);
  const onOrder = useCallback((by: Order | null) => setOrder(by ?? NEWEST_FIRST), []);
  const opener = useRef<Element | null>(null);
  const open = useCallback((violation: string) => {
    opener.current = document.activeElement;
    setOpened(violation);
  }, []);
  const close = useCallback(() => {
    setOpened(null);
    // back to the row that was being read
    if (opener.current instanceof HTMLElement) {
      opener.current.focus();
    }
  }, []);
  const selection = useSelection(wanted);
  const { clear } = selection;
  const onMarked = useCallback(() => {
    clear();
    onChanged();
  }, [clear, onChanged]);
  const marking = useMarks(api, onMarked);
  const repairOf = (ids: readonly string[]) => {
    if (onRepair === null) {
      return null;
    }
    return () => {
      setOpened(null);
      clear();
      onRepair(ids);
    };
  };
  const { page } = violations;
  return (
    <>
      <TableBar
        check={check}
        filter={filter}
        exports={exports}
        onFilter={(part) => setFilter((before) => ({ ...before, ...part }))}
      />
      <Notices notices={noticesFor(violations.failure, exports.failure, check)} />
      {page === null && violations.failure === null && <LoadingPlaceholder text={NOTICE.loading} />}
      {page?.rows.length === 0 && !violations.loading && (check.result?.inconsistent ?? 0) > 0 && (
        <p>{TABLE.nothingMatches}</p>
      )}
      <SelectionBar
        selected={[...selection.selected]}
        asOf={selection.asOf}
        marking={marking}
        onClear={clear}
        onRepair={repairOf([...selection.selected])}
      />
      {page && (
        <ViolationsTable
          check={check}
          columns={columns}
          rows={page.rows}
          timeZone={timeZone}
          compact={options.compact}
          onOrder={onOrder}
          onOpen={open}
          selected={selection.selected}
          onSelect={selection.select}
        />
      )}
      {page && <Pager violations={violations} pageSize={options.pageSize} />}
      {opened !== null && (
        <ViolationDrawer
          api={api}
          id={opened}
          check={check}
          timeZone={timeZone}
          timeRange={timeRange}
          version={version}
          onClose={close}
          onRepair={repairOf([opened])}
        />
      )}
    </>
  );
}

function noticesFor(failure: unknown, exportFailure: unknown, { result, max_violations: followed }: Check): Notice[] {
  return [
    ...(failure === null ? [] : [failureNotice(failure, NOTICE.rowsFailed)]),
    ...(exportFailure === null ? [] : [failureNotice(exportFailure, TABLE.exportFailed)]),
    ...(result?.capped ? [{ severity: 'warning' as const, title: TABLE.capped(followed, result.inconsistent) }] : []),
  ];
}
