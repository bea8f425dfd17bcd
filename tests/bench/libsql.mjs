/** A libSQL file: joined in itself, and merged with a Postgres database. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startLooker } from './look-process.mjs';
import { median, sideBySide } from './measure.mjs';
import { residentMemory, resetPeak } from './process-memory.mjs';

const Database = createRequire(join(import.meta.dirname, '..', '..', 'exporter', 'package.json'))('libsql');
const MOST_GROWTH_MB = 32;
const ROUNDS = { 1_000_000: 7, 10_000_000: 3 };
const TABLES = {
  specialization_progress: ['student_id', 'specialization_id', 'current_level'],
  user_licenses: ['user_id', 'specialization_type', 'current_level'],
};
const JOINED = 'a.student_id = b.user_id AND a.specialization_id = b.specialization_type';
/** The obvious statement, which this engine does not use. */
const FULL_JOIN = `SELECT count(*) FROM specialization_progress AS a FULL JOIN user_licenses AS b ON ${JOINED}
  WHERE a.student_id IS NULL OR b.user_id IS NULL OR a.current_level IS NOT b.current_level`;

export async function libsqlFile(databases, pairs, report) {
  const name = await databases.seeded(pairs);
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-libsql-'));
  const file = join(folder, 'app.db');
  try {
    await copyTo(file, databases.urlOf(name));
    await joinedInItself(file, pairs, report);
    await mergedWithPostgres(file, databases.urlOf(name), pairs, report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function joinedInItself(file, pairs, report) {
  const rival = new Database(file);
  const looker = await startLooker({ app: `file:${file}` });
  try {
    const fullJoin = () => {
      const startedAt = performance.now();
      rival.prepare(FULL_JOIN).all();
      return performance.now() - startedAt;
    };
    const found = await sideBySide(ROUNDS[pairs], async () => (await looker.ask('look')).ms, async () => fullJoin()); // prettier-ignore
    report({
      what: `check of ${pairs.toLocaleString('en')} pairs in one libSQL file, against the bare FULL JOIN count`,
      measured: `${found.ratio.toFixed(2)} × (${found.ours.toFixed(0)} against ${found.theirs.toFixed(0)} ms, n=${ROUNDS[pairs]})`,
      bar: 'none',
      pass: null,
    });
  } finally {
    await looker.stop();
    rival.close();
  }
}

async function mergedWithPostgres(file, url, pairs, report) {
  const looker = await startLooker({ left: url, right: `file:${file}` });
  try {
    // the first look brings code and buffers to their size
    await looker.ask('look');
    const before = residentMemory(looker.pid).now;
    resetPeak(looker.pid);
    const looks = [];
    for (let i = 0; i < ROUNDS[pairs]; i += 1) looks.push(await looker.ask('look'));
    const [reader] = childrenOf(looker.pid);
    const [own, readers] = [residentMemory(looker.pid), residentMemory(reader)];
    const ms = median(looks.map((look) => look.ms));
    const size = pairs.toLocaleString('en');
    report({
      what: `check of ${size} pairs, Postgres and a libSQL file, candidates read again`,
      measured: `${(pairs / ms / 1_000).toFixed(2)} M pairs/s (${ms.toFixed(0)} ms, n=${looks.length}); longest stop of the event loop ${Math.max(...looks.map((look) => look.stoppedMs)).toFixed(0)} ms`,
      bar: 'none',
      pass: null,
    });
    report({
      what: `memory while it looks at ${size} pairs, Postgres and a libSQL file`,
      measured: `${before.toFixed(0)} → peak ${own.peak.toFixed(0)} MB; the process that reads the file ${readers.peak.toFixed(0)} MB`,
      bar: `grows < ${MOST_GROWTH_MB} MB`,
      pass: own.peak - before < MOST_GROWTH_MB,
    });
  } finally {
    await looker.stop();
  }
}

/** The same rows and keys as in Postgres. */
async function copyTo(file, url) {
  const database = new Database(file);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  database.exec('PRAGMA journal_mode = WAL');
  for (const [table, columns] of Object.entries(TABLES)) {
    const [user, kind, level] = columns;
    database.exec(`CREATE TABLE ${table} (${user} INTEGER NOT NULL, ${kind} TEXT NOT NULL, ${level} INTEGER NOT NULL)`); // prettier-ignore
    const insert = database.prepare(`INSERT INTO ${table} SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`); // prettier-ignore
    await client.query(`BEGIN; DECLARE copied CURSOR FOR SELECT ${columns.join(', ')} FROM ${table}`);
    const fetched = { text: 'FETCH 50000 FROM copied', rowMode: 'array' };
    for (
      let { rows } = await client.query(fetched);
      rows.length > 0;
      { rows } = await client.query(fetched)
    ) {
      insert.run(JSON.stringify(rows));
    }
    await client.query('COMMIT');
    database.exec(`CREATE UNIQUE INDEX ${table}_key ON ${table} (${columns.join(', ').replace(`, ${level}`, '')})`); // prettier-ignore
  }
  database.close();
  await client.end();
}

function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1).split(' ')[1] === String(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
}
