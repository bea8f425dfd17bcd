/** What the route families share: the typed app, who is asking, and how a route describes its answers. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { TSchema } from 'typebox';
import { UserError } from '../core/errors.ts';
import type { Role } from '../config/config.ts';
import { violationId } from '../core/violation.ts';
import type { CheckState } from '../runner/board.ts';
import { Problem as ProblemSchema } from './api-schemas.ts';
import type { FinishedRun, Lockstep } from './lockstep.ts';
import { Problem, unknownCheck } from './problem.ts';

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Every answer of the API besides success is a problem body. */
export function answers<T extends TSchema>(ok: T) {
  return {
    200: ok,
    '4xx': { description: 'Problem', content: { 'application/problem+json': { schema: ProblemSchema } } },
  };
}

export function roleOf(request: FastifyRequest): Role {
  return request.actor?.role ?? 'viewer';
}

/** Throws a 404 that names the nearest check. */
export function stateOf(lockstep: Lockstep, check: string): CheckState {
  const state = lockstep.board.state(check);
  if (!state)
    throw unknownCheck(
      check,
      lockstep.board.states().map((known) => known.check.name),
    );
  return state;
}

/** One entry names so many violations and no more: collectors of logs drop or cut lines of some 100 kB. */
const IDS_PER_ENTRY = 1_000;

/**
 * Notes who did or read what, before it is done or shown, in the store and in the log: rows tell about people, so reading
 * them is an act. What cannot be noted is not done. Of the details the log has the ids alone: a reason is free text.
 */
export async function audit(
  lockstep: Lockstep,
  request: FastifyRequest,
  act: {
    readonly action: string;
    readonly subject: string;
    readonly details?: Readonly<Record<string, unknown>> & { readonly ids?: readonly string[] };
  },
): Promise<void> {
  const actor = request.actor?.name ?? 'nobody';
  const { action, subject, details = {} } = act;
  for (const part of partsOf(details)) {
    await lockstep.store.audit({ at: Date.now(), actor, action, subject, details: { ...details, ...part } });
    request.log.info({ actor, action, subject, ...part }, 'audit');
  }
}

/** The ids of each entry; `part` and `parts` only where there are several. */
function partsOf({ ids }: { readonly ids?: readonly string[] }): readonly object[] {
  if (ids === undefined) return [{}];
  const parts = Math.ceil(ids.length / IDS_PER_ENTRY);
  if (parts <= 1) return [{ ids }];
  return Array.from({ length: parts }, (_, i) => ({
    ids: ids.slice(i * IDS_PER_ENTRY, (i + 1) * IDS_PER_ENTRY),
    ...{ part: i + 1, parts },
  }));
}

/** Notes the rows of a run, which are only known when it is over, before they are shown. */
export async function auditRows(
  lockstep: Lockstep,
  request: FastifyRequest,
  { run, rows }: FinishedRun,
): Promise<void> {
  if (rows.length === 0) return;
  const ids = rows.map(({ key }) => violationId(run.check, key));
  await audit(lockstep, request, {
    action: 'run.read',
    subject: run.check,
    details: { run_id: run.id, ids },
  });
}

/** Starts a run now; `wait` tells what it saw. Throws a `RunningError` when the check is running already. */
export function start(
  lockstep: Lockstep,
  check: string,
  dryRun: boolean,
): { readonly runId: string; readonly wait: () => Promise<FinishedRun> } {
  try {
    const { runId, finished } = lockstep.startRun(check, { dryRun });
    return { runId, wait: () => finished.catch(cancelled) };
  } catch (error) {
    return cancelled(error);
  }
}

/** A `UserError` is all that a shutdown or a reload leaves of a run. */
function cancelled(error: unknown): never {
  if (!(error instanceof UserError)) throw error;
  throw new Problem(503, 'The run was cancelled: the exporter is stopping or reloading. Try again.');
}
