/**
 * Clients of an application that moves pairs on, each with a connection of its own. No deadlock can come about among
 * themselves: they take an advisory lock on every key before they touch its rows, lower keys first; or they have no locks
 * but those of the rows, queue behind these, and always go from lower to higher keys and from left to right.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface Orders {
  readonly url: string;
  readonly writers: number;
  /** keys are 1 to this */
  readonly keys: number;
  readonly seconds: number;
  /** whether they lock a key before they touch its rows, and then go about these in any order */
  readonly ownLocks: boolean;
  /** which process this is, and of how many: no two write the same value */
  readonly nth: number;
  readonly of: number;
}

export interface Told {
  /** transactions of which the commit was acknowledged */
  readonly acknowledged: number;
  /** SQLSTATE → how often */
  readonly errors: Readonly<Record<string, number>>;
}

const { url, writers, keys, seconds, ownLocks, nth, of } = JSON.parse(process.argv[2] ?? '') as Orders;
const THINKING_MS = 400;

/** Statements of one transaction over two keys and a value that nobody writes twice. */
type Deed = (a: number, b: number, v: number) => readonly string[];

const move = (table: 'l' | 'r', id: number, v: number): string =>
  `UPDATE ${table} SET v = ${String(v)} WHERE id = ${String(id)}`;
const put = (table: 'l' | 'r', id: number, v: number): string =>
  `INSERT INTO ${table} VALUES (${String(id)}, ${String(v)}) ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v`;
const remove = (table: 'l' | 'r', id: number): string => `DELETE FROM ${table} WHERE id = ${String(id)}`;

const PAIR: Deed = (a, _b, v) => [move('l', a, v), move('r', a, v)];
const PAIR_RIGHT_FIRST: Deed = (a, _b, v) => [move('r', a, v), move('l', a, v)];
const IN_ORDER: readonly Deed[] = [
  ...[PAIR, PAIR, PAIR],
  // parts the pair, unless something refuses it
  (a, _b, v) => [move('l', a, v)],
  (a, _b, v) => [move('r', a, v)],
  (a) => [remove('l', a)],
  (a) => [remove('r', a)],
  // the same row again, new
  (a, _b, v) => [remove('l', a), put('l', a, v), put('r', a, v)],
  // holds one pair while it waits for another
  (a, b, v) => [put('l', a, v), put('r', a, v), move('l', b, v), move('r', b, v)],
];
const IN_ANY_ORDER: readonly Deed[] = [
  ...IN_ORDER,
  ...[PAIR_RIGHT_FIRST, PAIR_RIGHT_FIRST, PAIR_RIGHT_FIRST],
  (a, _b, v) => [remove('r', a), remove('l', a), put('r', a, v), put('l', a, v)],
  // holds a new row of one pair while it waits for another pair
  (a, b, v) => [put('r', b, v), move('l', a, v), move('r', a, v), put('l', b, v)],
  (a, b, v) => [put('l', b, v), put('r', a, v), put('l', a, v), put('r', b, v)],
];

const DEEDS = ownLocks ? IN_ANY_ORDER : IN_ORDER;

let level = 1_000 + nth;
let acknowledged = 0;
const errors: Record<string, number> = {};

async function transaction(client: pg.Client, writer: number): Promise<void> {
  const [a, b] = [0, 0].map(() => 1 + Math.floor(Math.random() * keys)).sort((x, y) => x - y) as [
    number,
    number,
  ];
  const deed = DEEDS[Math.floor(Math.random() * DEEDS.length)] ?? PAIR;
  await client.query('BEGIN');
  for (const key of ownLocks ? new Set([a, b]) : [])
    await client.query('SELECT pg_advisory_xact_lock(7, $1)', [key]);
  let changes = 0;
  level += of;
  for (const statement of deed(a, b, level)) changes += (await client.query(statement)).rowCount ?? 0;
  await client.query('INSERT INTO ledger (writer, changes) VALUES ($1, $2)', [writer, changes]);
  await client.query('COMMIT');
  acknowledged += 1;
}

async function write(writer: number, until: number): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'writer' });
  await client.connect();
  while (Date.now() < until) {
    await transaction(client, writer).catch(async (error: unknown) => {
      const code = (error as pg.DatabaseError).code ?? String(error);
      errors[code] = (errors[code] ?? 0) + 1;
      await client.query('ROLLBACK');
    });
    await sleep(Math.random() * THINKING_MS);
  }
  await client.end();
}

const until = Date.now() + seconds * 1000;
await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer, until)));
process.stdout.write(`${JSON.stringify({ acknowledged, errors } satisfies Told)}\n`);
