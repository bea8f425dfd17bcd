/** How young the rows of a table are, by the clock of whoever reads the file or serves the database. */
import { SourceError } from '../../core/errors.ts';
import type { Recency, RecencyFacts, Side } from '../source.ts';
import { rowsOf, type Connection } from './connection.ts';
import { sideShape } from './shape.ts';
import { columnSql, millisecondsSql } from './values.ts';
import { conditions, tableSql } from './statements.ts';

const NOW_MS = "CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER)";

/** @throws SourceError when the column is not there, or holds no date or time */
export async function recencyFacts(connection: Connection, recency: Recency): Promise<RecencyFacts> {
  const side = asSide(recency);
  await sideShape(connection, side);
  const [row] = await rowsOf(connection, recencySql(recency));
  const [now, newest, recent, times, values] = (row ?? []).map((cell) =>
    cell === null ? null : Number(cell),
  );
  if ((values ?? 0) > 0 && times === 0) {
    throw new SourceError(
      connection.source,
      `"${recency.column.label}" of table ${tableSql(side)} holds no date or time; write it as expr: in one of SQLite's formats, or as seconds since 1970`,
    );
  }
  return { now: now ?? 0, newest: newest ?? null, recent: recency.withinMs === null ? null : (recent ?? 0) };
}

/** Columns: now, newest, recent, rows with a time, rows with a value. It reads every row: times have no one format. */
export function recencySql(recency: Recency): string {
  const side = asSide(recency);
  const at = columnSql(recency.column);
  const within = String(recency.withinMs ?? 0);
  return [
    `SELECT now, max(at) FILTER (WHERE at <= now), count(*) FILTER (WHERE at <= now AND at > now - ${within}),`,
    `count(at), count(value) FROM (SELECT ${NOW_MS} AS now) LEFT JOIN (`,
    `SELECT ${millisecondsSql(at)} AS at, ${at} AS value FROM ${tableSql(side)}${conditions(side)})`,
  ].join('\n');
}

function asSide({ schema, table, where, column }: Recency): Side {
  return { schema, table, where, key: [column], compare: [], context: [] };
}
