/** `npm start`: a real Postgres with rows that have stopped agreeing, and Lockstep looking at it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import pg from 'pg';
import { pino, type Logger } from 'pino';
import { startApp, type App } from '../app.ts';
import { UserError } from '../core/errors.ts';
import type { Lockstep } from '../http/lockstep.ts';
import { RunningError } from '../runner/running-error.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { DEMO_SIZE } from './data.ts';
import { openFolder, prepareFolder, tokens, writeConfig, writeFacts } from './folder.ts';
import { listenAddress, refuseTaken } from './listen.ts';
import { seed } from './seed.ts';
import { onStopSignals } from './signals.ts';
import { summary } from './summary.ts';
import { createReader, existingTables, READER } from './tables.ts';
import { startWriter } from './writer.ts';

const DATABASE = 'academy';
const STOP_BOUND_MS = 9_000;

/** What has been started so far, newest last; stopped from the end. */
type Started = { readonly what: string; readonly stop: () => Promise<void> }[];

/** @param args without the program's name */
export async function runDemo(args: readonly string[]): Promise<void> {
  const { still } = new Command('npm start --')
    .description(
      'Starts the demo. LOCKSTEP_LISTEN, LOCKSTEP_ADMIN_TOKEN and LOCKSTEP_DATA_DIR override its defaults.',
    )
    .option('--still', 'leave the rows alone: no background writer', false)
    .parse(args, { from: 'user' })
    .opts<{ still: boolean }>();
  const started: Started = [];
  const stopped = onStopSignals(async () => {
    console.log('\nStopping …');
    await stopAll(started);
  });
  try {
    await start(started, still);
    console.log('Lockstep is ready');
  } catch (error) {
    await stopAll(started);
    if (stopped.signalled) return;
    console.error(error instanceof UserError ? error.message : error);
    process.exit(1);
  }
}

async function start(started: Started, still: boolean): Promise<void> {
  const folder = openFolder();
  const listen = listenAddress();
  await refuseTaken(listen);
  prepareFolder(folder);
  console.log('Starting Postgres …');
  const cluster = await startCluster({ directory: folder.postgres });
  started.push({ what: 'Postgres', stop: stopOf(cluster) });
  const { ownerUrl, readerUrl } = await prepareDatabase(cluster);
  const { admin, viewer } = tokens(folder);
  writeConfig(folder, { readerUrl, listen: listen.text });
  const logger = pino({ level: 'info' }, pino.destination({ dest: folder.log, mode: 0o600, sync: true }));
  console.log('Starting Lockstep …');
  const app = await startApp({ configFile: folder.config, logger });
  started.push({ what: 'Lockstep', stop: () => app.stop() });
  const facts = { url: app.url, adminToken: admin, viewerToken: viewer, databaseUrl: ownerUrl };
  writeFacts(folder, facts);
  await everyCheckRan(app);
  console.log(await summary(app, facts, folder));
  if (!still) started.push(liven(ownerUrl, logger));
}

/** When this process ends without having stopped it (a second Ctrl-C, a crash), Postgres is still told to end. */
function stopOf(cluster: Cluster): () => Promise<void> {
  const lastResort = (): void => {
    try {
      process.kill(cluster.pid, 'SIGINT');
    } catch {
      // it ended by itself
    }
  };
  process.once('exit', lastResort);
  return async () => {
    await cluster.stop();
    process.off('exit', lastResort);
  };
}

function liven(url: string, logger: Logger): Started[number] {
  const writer = startWriter({
    url,
    onError(error) {
      logger.warn({ err: error }, 'the demo writer could not write');
    },
  });
  return { what: 'The writer', stop: () => writer.stop() };
}

/** The demo's database with its rows and its reader; the reader's password lasts from start to start. */
async function prepareDatabase(cluster: Cluster): Promise<{ ownerUrl: string; readerUrl: string }> {
  const owner = new URL(cluster.url);
  await connected(owner.href, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
  owner.pathname = `/${DATABASE}`;
  const reader = new URL(owner);
  reader.username = READER;
  reader.password = randomBytes(24).toString('base64url');
  await connected(owner.href, async (client) => {
    if ((await existingTables(client)).length === 0) {
      console.log(`Filling it with ${String(DEMO_SIZE.pairs)} pairs of rows …`);
      await seed(client, DEMO_SIZE, false);
    }
    await createReader(client, reader.password);
  });
  return { ownerUrl: owner.href, readerUrl: reader.href };
}

async function connected(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'lockstep-demo' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** A run that was remembered from the start before does not count. */
async function everyCheckRan({ lockstep }: App): Promise<void> {
  console.log('Running the checks …');
  const enabled = lockstep.board.states().filter(({ check }) => check.enabled);
  await Promise.all(enabled.map(({ check }) => ranOnce(lockstep, check.name)));
}

/** Every check runs at start anyway; when that run is under way it is the one to wait for. */
async function ranOnce(lockstep: Lockstep, check: string): Promise<void> {
  try {
    await lockstep.startRun(check, { dryRun: false }).finished;
  } catch (error) {
    if (!(error instanceof RunningError)) throw error;
    while (lockstep.board.state(check)?.running) await sleep(50);
  }
}

/** In order, newest first; what does not stop in time is left to the exit handler. */
async function stopAll(started: Started): Promise<void> {
  const end = Date.now() + STOP_BOUND_MS;
  for (let next = started.pop(); next; next = started.pop()) {
    const { what, stop } = next;
    await within(Math.max(1_000, end - Date.now()), stop()).catch((error: unknown) => {
      console.error(
        `${what} did not stop cleanly: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it took longer than ${String(Math.round(ms / 1_000))} s`));
    }, ms);
  });
  await Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}
