/** Fills the reference tables, at any size, with one statement per table. */
import type pg from 'pg';
import { UserError } from '../core/errors.ts';
import { FAULTS, FIRST_NAMES, LAST_NAMES, ORPHANS, SPECIALIZATIONS, stride, type Size } from './data.ts';
import { createKeys, createTables, grant } from './tables.ts';

/**
 * Makes and fills the three tables in one transaction, then vacuums them: index-only scans need the visibility map.
 * @throws UserError when the tables exist and `replace` is false, or the size makes no sense
 */
export async function seed(client: pg.ClientBase, size: Size, replace: boolean): Promise<void> {
  refuseOddSize(size);
  await client.query('BEGIN');
  try {
    await createTables(client, replace);
    await insertPairs(client, size);
    await insertUsers(client, size);
    await createKeys(client);
    await grant(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  await client.query('VACUUM (ANALYZE) users, specialization_progress, user_licenses');
}

function refuseOddSize({ pairs, wrong }: Size): void {
  const fewest = SPECIALIZATIONS.length + ORPHANS;
  if (!Number.isInteger(pairs) || pairs < fewest || pairs > 100_000_000) {
    throw new UserError(`pairs must be a whole number from ${String(fewest)} to 100000000`);
  }
  if (!Number.isInteger(wrong) || wrong < 0 || wrong > pairs - ORPHANS) {
    throw new UserError(`at most ${String(pairs - ORPHANS)} of ${String(pairs)} pairs can be wrong`);
  }
}

/**
 * Pair `n` is user `n / 3`, specialization `n % 3`; the last ones are the orphans. Walking in strides puts neighbours
 * far apart on disk, as they are after years of use; a second permutation picks exactly `wrong` pairs, all over.
 */
async function insertPairs(client: pg.ClientBase, { pairs, wrong }: Size): Promise<void> {
  const owned = pairs - ORPHANS;
  const kinds = SPECIALIZATIONS.length;
  await client.query(`
    CREATE TEMP TABLE pairs ON COMMIT DROP AS
    SELECT n,
           CASE WHEN n < ${owned} THEN n / ${kinds} + 1 ELSE ${Math.ceil(owned / kinds)} + 1 + n - ${owned} END AS user_id,
           (ARRAY[${quoted(SPECIALIZATIONS)}])[n % ${kinds} + 1] AS specialization,
           1 + (hashint8extended(n, 1) & 7) AS level,
           CASE WHEN n < ${owned} AND place < ${wrong}
                THEN (ARRAY[${quoted(FAULTS)}])[place % ${FAULTS.length} + 1] END AS fault,
           now() - make_interval(mins => (hashint8extended(n, 2) & 131071)::int) AS changed
    FROM (SELECT i * ${stride(pairs, 0.618034)} % ${pairs} AS n FROM generate_series(0::bigint, ${pairs - 1}) AS i) AS walk,
         LATERAL (SELECT n * ${stride(owned, 0.381966)} % ${owned} AS place) AS picked`);
  await client.query(`
    INSERT INTO specialization_progress (student_id, specialization_id, current_level, updated_at)
    SELECT user_id, specialization, level + CASE WHEN fault = 'progress_ahead' THEN 1 ELSE 0 END, changed
    FROM pairs WHERE fault IS DISTINCT FROM 'missing_progress'`);
  await client.query(`
    INSERT INTO user_licenses (user_id, specialization_type, current_level, max_achieved_level, last_advanced_at)
    SELECT user_id, specialization, shown, shown + (hashint8extended(n, 3) & 1), changed
    FROM pairs, LATERAL (SELECT level + CASE WHEN fault = 'license_ahead' THEN 1 ELSE 0 END AS shown) AS license
    WHERE fault IS DISTINCT FROM 'missing_license'`);
}

async function insertUsers(client: pg.ClientBase, { pairs }: Size): Promise<void> {
  await client.query(`
    INSERT INTO users (id, name, email)
    SELECT id, first || ' ' || last, lower(first) || '.' || lower(last) || id || '@example.org'
    FROM generate_series(1, ${Math.ceil((pairs - ORPHANS) / SPECIALIZATIONS.length)}) AS id,
         LATERAL (SELECT (ARRAY[${quoted(FIRST_NAMES)}])[id % ${FIRST_NAMES.length} + 1] AS first,
                         (ARRAY[${quoted(LAST_NAMES)}])[id % 7 + id % 3 + 1] AS last) AS name`);
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
