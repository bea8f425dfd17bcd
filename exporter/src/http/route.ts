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

/**
 * Notes who did or read what, before it is done: rows tell about people, so reading them is an act. What cannot be
 * noted is not done.
 */
export async function audit(
  lockstep: Lockstep,
  request: FastifyRequest,
  act: {
    readonly action: string;
    readonly subject: string;
    readonly details?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const actor = request.actor?.name ?? 'nobody';
  await lockstep.store.audit({
    at: Date.now(),
    actor,
    action: act.action,
    subject: act.subject,
    details: act.details ?? {},
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
