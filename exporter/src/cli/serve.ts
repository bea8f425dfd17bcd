/** `lockstep serve`: runs until a signal; SIGHUP reloads the configuration. */
import { pino } from 'pino';
import { startApp } from '../app.ts';

/** Longer than a cancelled query and a drained request take together; then the process goes anyway. */
const STOP_DEADLINE_MS = 10_000;

/** Resolves once everything is stopped. */
export async function serveCommand(options: { readonly config: string }): Promise<number> {
  const logger = pino(process.stdout.isTTY ? { transport: { target: 'pino-pretty' } } : {});
  const app = await startApp({ configFile: options.config, logger });
  logger.info({ url: app.url }, 'Lockstep is ready');
  process.on('SIGHUP', () => {
    // what went wrong is logged and in lockstep_config_last_reload_successful
    app.lockstep.reload().catch(() => undefined);
  });
  const signal = await firstSignal();
  logger.info({ signal }, 'stopping');
  const deadline = setTimeout(() => {
    logger.error('not stopped in time; leaving');
    process.exit(1);
  }, STOP_DEADLINE_MS);
  await app.stop();
  clearTimeout(deadline);
  logger.info('stopped');
  return 0;
}

/** The first signal asks to stop; the second insists. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
