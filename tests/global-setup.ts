/** One real Postgres for the whole run, started only when a selected test needs it. */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from 'jest';
import { startCluster, type Cluster } from '../exporter/src/demo/cluster.ts';

declare global {
  var lockstepTestCluster: { cluster: Cluster; directory: string } | undefined;
}

interface Selection {
  readonly rootDir: string;
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}

export default async function globalSetup(selection: Selection & Config): Promise<void> {
  if (process.env['LOCKSTEP_TEST_POSTGRES_URL'] !== undefined || !needsPostgres(selection)) return;
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-tests-'));
  // Postgres runs as another user when we are root
  chmodSync(directory, 0o711);
  const cluster = await startCluster({
    directory: join(directory, 'postgres'),
    durable: false,
    settings: { max_connections: '300' },
  }).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  globalThis.lockstepTestCluster = { cluster, directory };
  process.env['LOCKSTEP_TEST_POSTGRES_URL'] = cluster.url;
}

function needsPostgres({ rootDir, testPathPatterns }: Selection): boolean {
  const files = ['exporter/src', 'tests'].flatMap((root) =>
    readdirSync(join(rootDir, root), { recursive: true, encoding: 'utf8' }).map((file) => join(root, file)),
  );
  const patterns = testPathPatterns.patterns.map((pattern) => new RegExp(pattern, 'i'));
  return files
    .filter((file) => file.endsWith('.pg.test.ts'))
    .some(
      (file) => patterns.length === 0 || patterns.some((p) => p.test(file) || p.test(join(rootDir, file))),
    );
}
