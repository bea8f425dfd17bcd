/** `npm start`: a system with rows that have stopped agreeing, and Lockstep looking at it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { pino } from 'pino';
import { startApp, type App } from '../app.ts';
import { UserError } from '../core/errors.ts';
import type { Lockstep } from '../http/lockstep.ts';
import { RunningError } from '../runner/running-error.ts';
import { setAcademy } from './academy.ts';
import { chosenToken, openFolder, prepareFolder, tokens, writeConfig, writeFacts } from './folder.ts';
import { listenAddress, refuseTaken } from './listen.ts';
import { setRoleSystem } from './role-system/scene.ts';
import type { SetScene, Started } from './scene.ts';
import { onStopSignals } from './signals.ts';
import { summary } from './summary.ts';

const STOP_BOUND_MS = 9_000;

const EXAMPLES = { 'role-system': setRoleSystem } as const satisfies Readonly<Record<string, SetScene>>;

interface Options {
  readonly example?: keyof typeof EXAMPLES;
  readonly still: boolean;
}

/** @param args without the program's name */
export async function runDemo(args: readonly string[]): Promise<void> {
  const options = new Command('npm start --')
    .description(
      'Starts the demo. LOCKSTEP_LISTEN, LOCKSTEP_ADMIN_TOKEN and LOCKSTEP_DATA_DIR override its defaults.',
    )
    .option('--still', 'leave the rows alone: no background writer', false)
    .addOption(new Option('--example <name>', 'another system than the first').choices(Object.keys(EXAMPLES)))
    .parse(args, { from: 'user' })
    .opts<Options>();
  const started: Started = [];
  const stopped = onStopSignals(async () => {
    console.log('\nStopping …');
    await stopAll(started);
  });
  try {
    await start(started, options);
    console.log('Lockstep is ready');
  } catch (error) {
    await stopAll(started);
    if (stopped.signalled) return;
    console.error(error instanceof UserError ? error.message : error);
    process.exit(1);
  }
}

async function start(started: Started, { example, still }: Options): Promise<void> {
  const folder = openFolder(example);
  const listen = listenAddress();
  await refuseTaken(listen);
  const chosen = chosenToken();
  prepareFolder(folder);
  const scene = await (example === undefined ? setAcademy : EXAMPLES[example])(folder, started);
  const { admin, viewer } = tokens(folder, chosen);
  writeConfig(folder, scene, listen.text);
  const logger = pino({ level: 'info' }, pino.destination({ dest: folder.log, mode: 0o600, sync: true }));
  console.log('Starting Lockstep …');
  const app = await startApp({ configFile: folder.config, logger });
  started.push({ what: 'Lockstep', stop: () => app.stop() });
  const facts = { url: app.url, adminToken: admin, viewerToken: viewer };
  writeFacts(folder, facts, scene);
  await everyCheckRan(app);
  console.log(await summary(app, facts, folder, scene.hints(facts)));
  if (!still && scene.liven) started.push(scene.liven(logger));
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
