/** How young the rows of a table are, by the server's clock. */
import { SourceError } from '../../core/errors.ts';
import type { Recency, RecencyFacts, Side } from '../source.ts';
import type { Connection } from './connection.ts';
import { sideShape } from './shape.ts';
import { columnSql, conditions, tableSql } from './statements.ts';

/** @throws SourceError when the column is not there, or is no date or time */
export async function recencyFacts(connection: Connection, recency: Recency): Promise<RecencyFacts> {
  const side = asSide(recency);
  const [column] = (await sideShape(connection, side)).key;
  if (column && column.form !== 'instant') {
    const { label, type } = column;
    throw new SourceError(
      connection.source,
      `"${label}" of table ${tableSql(side)} is ${type}, not a date or time; write it as expr: with a cast`,
    );
  }
  const [row] = await connection.rows<[string, string | null, string | null]>(recencySql(recency), []);
  const [now, newest, recent] = row ?? ['', null, null];
  const newestMs = newest === null ? null : milliseconds(newest);
  return {
    now: milliseconds(now),
    newest: newestMs !== null && Number.isFinite(newestMs) ? newestMs : null,
    recent: recent === null ? null : Number(recent),
  };
}

/** max() of what is not after now, instead of a maximum under a FILTER: only that is read from the end of an index. */
export function recencySql(recency: Recency): string {
  const side = asSide(recency);
  const at = columnSql(recency.column);
  const past = `${at} <= statement_timestamp()`;
  const newest = `SELECT max(${at}) FROM ${tableSql(side)}${conditions(side, [past])}`;
  const columns = ['extract(epoch FROM statement_timestamp())', `extract(epoch FROM (${newest}))`];
  if (recency.withinMs === null) columns.push('NULL');
  else {
    const young = `${at} > statement_timestamp() - make_interval(secs => ${String(recency.withinMs / 1_000)})`;
    columns.push(`(SELECT count(*) FROM ${tableSql(side)}${conditions(side, [past, young])})`);
  }
  return `SELECT ${columns.join(', ')}`;
}

function asSide({ schema, table, where, column }: Recency): Side {
  return { schema, table, where, key: [column], compare: [], context: [] };
}

function milliseconds(epochSeconds: string): number {
  return Math.round(Number(epochSeconds) * 1_000);
}
