/** The stack's database and exporter, started from the stack's own files on a real Postgres. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { composeFile, fillAcademy, startExporter } from '../grafana/compose-parts.ts';
import { eventually } from '../grafana/prometheus-answers.ts';
import { createDatabase } from '../postgres.ts';

test('the reader of the stack sees what has stopped agreeing, and can write nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-compose-'));
  const database = await createDatabase();
  // roles belong to the whole cluster: one of our own, where psql would put the password in by itself
  const reader = `reader_of_${database.name}`;
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  try {
    await fillAcademy(database.url);
    await owner.query(
      composeFile('postgres/20-reader.sql')
        .replaceAll(/^\\.*$/gm, '')
        .replaceAll('lockstep_reader', reader)
        .replace(":'password'", "'of-the-test'")
        .replace('DATABASE app', `DATABASE ${database.name}`),
    );
    const url = new URL(database.url);
    url.username = reader;
    url.password = 'of-the-test';
    const app = await startExporter(folder, url.href);
    try {
      await eventually(async () => {
        const seen = app.lockstep.board
          .states()
          .map(({ check, latest }) => [check.name, latest?.result?.inconsistent]);
        expect(seen).toEqual([
          ['progress_license', 18],
          ['license_user', 2],
        ]);
        await Promise.resolve();
      });
      expect(app.lockstep.board.state('progress_license')?.latest?.status).toBe('degraded');
    } finally {
      await app.stop();
    }
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query('SET default_transaction_read_only = off');
    await expect(client.query('DELETE FROM users')).rejects.toThrow('permission denied');
    await expect(client.query('CREATE TEMP TABLE t (n int)')).rejects.toThrow('permission denied');
    await client.end();
  } finally {
    await owner.query(`DROP OWNED BY ${reader}`).catch(() => undefined);
    await owner.query(`DROP ROLE IF EXISTS ${reader}`);
    await owner.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
