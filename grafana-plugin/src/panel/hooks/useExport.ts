import { useCallback, useState } from 'react';
import type { Check, ExporterApi, Violation } from '../../datasource/api';
import type { ViolationFilter } from '../../datasource/query';
import { type ExportFormat, exportText } from '../model/export';
import { fileName, saveFile } from '../saved-file';
import type { Order } from './useViolations';

const PAGE_ROWS = 1_000;
const TYPES: Readonly<Record<ExportFormat, string>> = { CSV: 'text/csv;charset=utf-8', JSON: 'application/json' };

export interface ExportState {
  /** null when nothing is being exported */
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly failure: unknown;
  readonly start: (format: ExportFormat) => void;
}

/** Every violation that matches the filter, as a file. */
export function useExport(api: ExporterApi | null, check: Check, filter: ViolationFilter, order: Order): ExportState {
  const [progress, setProgress] = useState<ExportState['progress']>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const start = useCallback(
    (format: ExportFormat) => {
      if (api === null) {
        return;
      }
      setFailure(null);
      setProgress({ done: 0, total: 0 });
      all(api, filter, order, (done, total) => setProgress({ done, total }))
        .then((rows) => save(format, check, rows))
        .catch(setFailure)
        .finally(() => setProgress(null));
    },
    [api, check, filter, order]
  );
  return { progress, failure, start };
}

async function all(
  api: ExporterApi,
  filter: ViolationFilter,
  order: Order,
  tell: (done: number, total: number) => void
): Promise<Violation[]> {
  const rows: Violation[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.violations(filter, { ...order, limit: PAGE_ROWS, cursor });
    rows.push(...page.rows);
    tell(rows.length, page.total);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

function save(format: ExportFormat, check: Check, rows: readonly Violation[]): void {
  const name = fileName([check.name], format.toLowerCase(), new Date());
  saveFile(name, TYPES[format], exportText(format, check, rows));
}
