/** What `docker compose up` runs, run here without Docker: its database, its exporter's and its Prometheus's files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import { ROOT } from './dashboards.ts';

const COMPOSE = join(ROOT, 'deploy/compose');
export const TOKEN = 'token-of-the-compose-test';

export function composeFile(name: string): string {
  return readFileSync(join(COMPOSE, name), 'utf8');
}

/** The database as the image of Postgres fills it; lines that begin with `\` are psql's own. */
export async function fillAcademy(url: string): Promise<void> {
  const sql = composeFile('postgres/10-academy.sql').replaceAll(/^\\.*$/gm, '');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** An exporter with the configuration of the stack; only the address, the folder and what `change` does differ. */
export async function startExporter(
  folder: string,
  databaseUrl: string,
  change: (yaml: string) => string = (yaml) => yaml,
): Promise<App> {
  const file = join(folder, 'lockstep.yaml');
  const yaml = composeFile('lockstep.yaml')
    .replace('${DATABASE_URL}', databaseUrl)
    .replace('${LOCKSTEP_ADMIN_TOKEN}', TOKEN)
    .replace('0.0.0.0:9464', '127.0.0.1:0')
    .replaceAll('/data/', `${folder}/`);
  writeFileSync(file, change(yaml));
  return startApp({ configFile: file, logger: pino({}, { write: () => undefined }) });
}

export interface Prometheus {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * The system's Prometheus with the scrape configuration of the stack. Replaced are the addresses, which are names of
 * containers, and the intervals, which are too long to wait for.
 */
export async function startPrometheus(
  folder: string,
  exporters: readonly App[],
  rules: string,
): Promise<Prometheus> {
  const listen = `127.0.0.1:${String(await freePort())}`;
  const targets = exporters.map(({ url }) => `'${new URL(url).host}'`).join(', ');
  writeFileSync(join(folder, 'rules.yml'), rules);
  const config = composeFile('prometheus.yml')
    .replace("'exporter:9464'", targets)
    .replace("'localhost:9090'", `'${listen}'`)
    .replace("'alertmanager:9093'", '')
    .replace("'alertmanager:9093'", '')
    .replace('/etc/prometheus/rules/*.rules.yml', 'rules.yml')
    .replaceAll('_interval: 15s', '_interval: 1s');
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, config);
  const child = spawn(
    'prometheus',
    [`--config.file=${file}`, `--storage.tsdb.path=${folder}/tsdb`, `--web.listen-address=${listen}`],
    { stdio: 'ignore' },
  );
  return {
    url: `http://${listen}`,
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
