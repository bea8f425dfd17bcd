import { useCallback, useMemo, useState } from 'react';
import type { Violation } from '../../datasource/api';

export interface Selection {
  readonly selected: ReadonlySet<string>;
  /** the oldest `last_seen` of the rows when they were selected: a list may move on meanwhile; null without any */
  readonly asOf: string | null;
  readonly select: (rows: readonly Violation[], selected: boolean) => void;
  readonly clear: () => void;
}

/** id → `last_seen`, ISO 8601 */
const NONE: ReadonlyMap<string, string> = new Map();

/**
 * Rows chosen on any page of one list.
 * @param list another object is another list: what was chosen before could not be seen any more
 */
export function useSelection(list: object): Selection {
  const [chosen, setChosen] = useState({ list, seen: NONE });
  const select = useCallback(
    (rows: readonly Violation[], selected: boolean) =>
      setChosen((before) => {
        const next = new Map(before.list === list ? before.seen : NONE);
        for (const { id, last_seen: seen } of rows) {
          if (selected) {
            next.set(id, next.get(id) ?? seen);
          } else {
            next.delete(id);
          }
        }
        return { list, seen: next };
      }),
    [list]
  );
  const clear = useCallback(() => setChosen({ list, seen: NONE }), [list]);
  const seen = chosen.list === list ? chosen.seen : NONE;
  const selected = useMemo(() => new Set(seen.keys()), [seen]);
  return { selected, asOf: [...seen.values()].sort()[0] ?? null, select, clear };
}
