/** What the history of the watched pairs tells of those who wrote it. */
import { MENDER, type Change } from './watched-pairs.ts';

export interface Entry extends Change {
  readonly app: string;
}

/** In the order of the locks: what each change found, what it left, and what the other side was then. */
export function replay(
  history: readonly Entry[],
  keys: number,
): {
  readonly faults: readonly string[];
  readonly rows: ReadonlyMap<string, number>;
  /** pairs that are apart after the last change that a transaction made to them */
  readonly parted: readonly Entry[];
} {
  const rows = new Map<string, number>();
  for (let id = 1; id <= keys; id += 1) rows.set(`left ${String(id)}`, 1).set(`right ${String(id)}`, 1);
  const last = new Map(history.map((entry, i) => [`${entry.xid} ${String(entry.id)}`, i]));
  const faults: string[] = [];
  const parted: Entry[] = [];
  for (const [i, entry] of history.entries()) {
    const { xid, app, side, id, old, new: now } = entry;
    const own = `${side} ${String(id)}`;
    const other = rows.get(`${side === 'left' ? 'right' : 'left'} ${String(id)}`) ?? null;
    if ((rows.get(own) ?? null) !== old) faults.push(`${own}: an update of ${app} was lost`);
    if (now === null) rows.delete(own);
    else rows.set(own, now);
    if (app === MENDER && now !== other)
      faults.push(`${own}: a sync wrote ${String(now)} beside ${String(other)}`);
    if (last.get(`${xid} ${String(id)}`) === i && now !== other) parted.push(entry);
  }
  return { faults, rows, parted };
}
