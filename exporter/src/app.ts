/** Composition root: config → sources, store, runner, schedule, http; started and stopped in order. */
import type { AddressInfo } from 'node:net';
import { pino, type Logger } from 'pino';
import { CHECK_KINDS } from './checks/register.ts';
import type { CheckKind } from './checks/kind.ts';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import { UserError } from './core/errors.ts';
import type { Violation } from './core/violation.ts';
import type { Lockstep } from './http/lockstep.ts';
import { createServer } from './http/server.ts';
import { Metrics } from './metrics.ts';
import { Board, type CheckState } from './runner/board.ts';
import { ENGINES } from './sources/register.ts';
import { openStore } from './stores/open.ts';
import type { Store } from './stores/store.ts';
import { version } from './version.ts';
import { Watch } from './watch.ts';

export interface App {
  /** where the server listens, without a trailing slash */
  readonly url: string;
  readonly lockstep: Lockstep;
  stop(): Promise<void>;
}

const REGISTERS = { kinds: CHECK_KINDS, engines: ENGINES };

/** @throws UserError when the configuration, the store or the address cannot be used */
export async function startApp(options: { configFile: string; logger?: Logger }): Promise<App> {
  const config = loadConfig(options.configFile, REGISTERS, process.env);
  const logger = options.logger ?? pino();
  logger.level = config.logLevel;
  const store = await openStore(config.store);
  try {
    return await startWith(config, store, logger);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function startWith(first: Config, store: Store, logger: Logger): Promise<App> {
  const board = new Board();
  const metrics = new Metrics(board, { version });
  let config = first;
  let draining = false;
  const open = (next: Config): Watch =>
    new Watch({ config: next, registers: REGISTERS, store, board, metrics, logger });
  const states = (next: Config): Promise<CheckState[]> =>
    Promise.all(next.checks.map((check) => remembered(store, check)));
  metrics.restoreJobs(await store.jobs());
  board.show(await states(first));
  let watch = open(first);

  const reload = async (): Promise<void> => {
    try {
      const next = loadConfig(first.file, REGISTERS, process.env);
      warnOfRestart(first, next, logger);
      // whatever can go wrong goes wrong before the old one stops
      const fresh = open(next);
      const shown = await states(next);
      const owed = await watch.stop();
      config = next;
      watch = fresh;
      board.show(shown);
      watch.start(owed);
      logger.level = next.logLevel;
      metrics.configReloaded(true);
      logger.info({ checks: next.checks.length, sources: next.sources.length }, 'configuration reloaded');
    } catch (error) {
      metrics.configReloaded(false);
      logger.error({ err: error }, 'the configuration was not reloaded; the old one stays');
      throw error;
    }
  };

  const lockstep: Lockstep = {
    board,
    store,
    metrics,
    version,
    config: () => config,
    kind: (name) => kindNamed(name),
    startRun: (check, { dryRun }) => watch.runner.start(check, 'manual', { dryRun }),
    currentRows: (violation: Violation) => watch.currentRows(violation),
    repairs: () => watch.repairs,
    reload: oneAtATime(reload),
    otherJobs: () => watch.otherJobs(),
    draining: () => draining,
  };
  const server = await createServer(lockstep, { logger });
  await server.listen({ host: config.http.host, port: config.http.port }).catch((error: unknown) => {
    throw listenError(error, config);
  });
  watch.start();
  const stop = async (): Promise<void> => {
    draining = true;
    // together: a request that waits for a run is answered once the run is cancelled
    await Promise.all([server.close(), watch.stop()]);
    await store.close();
  };
  return { url: urlOf(server.server.address() as AddressInfo, config), lockstep, stop };
}

/** What a check shows before its first run since the start: what the store remembers, held until then. */
async function remembered(store: Store, check: CheckState['check']): Promise<CheckState> {
  return {
    check,
    latest: await store.lastRun(check.name),
    conclusive: await store.lastConclusiveRun(check.name),
    running: null,
    nextRunAt: null,
    ...(await store.standing(check.name)),
    baseline: (await store.baselines(check.name)).find(({ current }) => current) ?? null,
  };
}

function kindNamed(name: string): CheckKind {
  const kind = CHECK_KINDS[name];
  if (!kind) throw new UserError(`there is no kind of check called "${name}"`);
  return kind;
}

/** The server and the store outlive a reload. */
function warnOfRestart(running: Config, next: Config, logger: Logger): void {
  const fixed = ({ http, store }: Config): string => JSON.stringify([http.host, http.port, http.tls, store]);
  if (fixed(running) !== fixed(next)) {
    logger.warn('http.listen, http.tls and store only change with a restart; everything else is in force');
  }
}

/** Calls that come while one is under way wait for it and share its end. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let under: Promise<void> | null = null;
  return () => {
    under ??= work().finally(() => (under = null));
    return under;
  };
}

function listenError(error: unknown, { http }: Config): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  const where = `${http.host}:${String(http.port)}`;
  if (code === 'EADDRINUSE')
    return new UserError(`${where} is taken by another process; choose another http.listen`);
  if (code === 'EACCES')
    return new UserError(`this user may not listen on ${where}; choose a port above 1023`);
  if (code === 'EADDRNOTAVAIL')
    return new UserError(`${http.host} is no address of this machine; correct http.listen`);
  return error;
}

function urlOf({ port, address, family }: AddressInfo, { http }: Config): string {
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${http.tls ? 'https' : 'http'}://${host}:${String(port)}`;
}
