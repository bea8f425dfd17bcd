/** `lockstep gate`, asked of a running server, once or until the window has passed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { humanDuration } from '../core/duration.ts';
import { UserError } from '../core/errors.ts';
import type { GateDecision } from '../core/gate.ts';
import { GATE_TITLES } from '../gate/words.ts';
import type { GateDocument } from '../http/gate-schemas.ts';
import { windowText } from '../reports/figures.ts';
import { inOptions } from './option-names.ts';
import { runRollback, type RollbackEnd } from './rollback-command.ts';
import { ServerClient, ServerRefusal } from './server-client.ts';

/** Durations in milliseconds. */
export interface GateOptions {
  readonly url: string;
  readonly for: number;
  readonly stage?: string;
  readonly check: readonly string[];
  readonly watch: boolean;
  readonly every: number;
  readonly onRollback?: string;
  readonly rollbackTimeout: number;
  readonly json: boolean;
}

const EXIT_CODES: Readonly<Record<GateDecision, number>> = {
  proceed: 0,
  investigate: 1,
  rollback: 2,
  unknown: 3,
};
const LEAST_WINDOW_MS = 1_000;
/** Of a server that is busy or starting; any other refusal stays the same however often one asks. */
const TRANSIENT = [408, 429];

type Ask = (windowMs: number) => Promise<GateDocument>;

export async function gateCommand(options: GateOptions, stopping: AbortSignal): Promise<number> {
  let seen: GateDocument;
  try {
    const ask = asking(options);
    seen = await (options.watch ? watch(ask, options, stopping) : ask(options.for));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tell(`lockstep: could not tell: ${error.message}`);
    return EXIT_CODES.unknown;
  }
  if (!options.json) process.stdout.write(`${textOf(seen)}\n`);
  const end = await rollback(seen, options, stopping);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ...seen, ...(end && { on_rollback: end }) }, null, 2)}\n`);
  return EXIT_CODES[seen.decision];
}

function asking({ url, stage, check }: GateOptions): Ask {
  const client = new ServerClient(url, process.env['LOCKSTEP_TOKEN']);
  return async (windowMs) => {
    const query = new URLSearchParams({
      for: `${String(Math.round(windowMs))}ms`,
      ...(stage === undefined ? {} : { stage }),
    });
    for (const name of check) query.append('check', name);
    const answer = client.call<Partial<GateDocument> | null>('GET', `gate?${query.toString()}`);
    const seen = await inOptions({ for: '--for', stage: '--stage', check: '--check' }, answer);
    if (seen?.decision !== undefined && Object.hasOwn(EXIT_CODES, seen.decision)) return seen as GateDocument;
    throw new UserError(`${url} answered, but with no decision; is it a Lockstep of this version?`);
  };
}

/** What happened since it began to watch, and nothing before, counts. */
async function watch(
  ask: Ask,
  { for: windowMs, every }: GateOptions,
  stopping: AbortSignal,
): Promise<GateDocument> {
  const startedAt = performance.now();
  const passed = (): number => Math.min(windowMs, performance.now() - startedAt);
  for (;;) {
    const ms = passed();
    const over = ms >= windowMs;
    const note = (text: string): void => {
      tell(`[${humanDuration(ms)} of ${windowText(windowMs)}] ${text}`);
    };
    try {
      const seen = await ask(Math.max(LEAST_WINDOW_MS, ms));
      note(`${GATE_TITLES[seen.decision]}: ${seen.reasons[0]?.words ?? 'no reason given'}`);
      if (over || seen.decision === 'rollback') return seen;
    } catch (error) {
      if (over || !isTransient(error)) throw error;
      note(`${error.message}; asking again`);
    }
    await sleep(Math.min(every, windowMs - passed()), undefined, { signal: stopping }).catch(() => {
      throw new UserError('interrupted before the window had passed');
    });
  }
}

function isTransient(error: unknown): error is UserError {
  if (error instanceof ServerRefusal) return error.status >= 500 || TRANSIENT.includes(error.status);
  return error instanceof UserError;
}

async function rollback(
  seen: GateDocument,
  { onRollback, rollbackTimeout: timeoutMs }: GateOptions,
  stopping: AbortSignal,
): Promise<RollbackEnd | null> {
  if (seen.decision !== 'rollback' || onRollback === undefined) return null;
  const end = await runRollback(onRollback, seen, { timeoutMs, stopping });
  const limit = windowText(timeoutMs);
  if (end.timed_out) tell(`lockstep: the rollback command was ended after ${limit}, its time limit`);
  else if (end.exit_code !== 0)
    tell(
      `lockstep: the rollback command failed (${end.exit_code === null ? 'ended by a signal' : `exit code ${String(end.exit_code)}`})`,
    );
  else tell('lockstep: the rollback command has finished');
  return end;
}

function textOf({ decision, stage, window_seconds: window, reasons }: GateDocument): string {
  const titles = reasons.map((reason) => GATE_TITLES[reason.decision]);
  const width = Math.max(0, ...titles.map((title) => title.length));
  return [
    `${GATE_TITLES[decision]} (stage ${stage}, the last ${windowText(Math.round(window) * 1_000)})`,
    ...reasons.map(({ words }, i) => `  ${(titles[i] ?? '').padEnd(width)}  ${words}`),
  ].join('\n');
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
