/** Marks violations as known, and takes the marks back. Admins only; every act is in the audit trail. */
import { Type, type Static } from 'typebox';
import { REDACTED } from '../core/value.ts';
import type { KnownMark, Violation } from '../core/violation.ts';
import type { Marked, Page, ViolationQuery } from '../stores/store.ts';
import { Count, strict, Time } from './api-schemas.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, audit, stateOf, type Server } from './route.ts';
import { requireKnownKinds } from './violation-routes.ts';

const Ids = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 1_000 });

const Filter = Type.Object(
  {
    check: Type.String(),
    kind: Type.Optional(Type.Array(Type.String(), { maxItems: 50 })),
    search: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  strict,
);

const ToMark = Type.Object(
  {
    ids: Type.Optional(Ids),
    check: Type.Optional(Type.String({ description: 'With `ids`: violations of other checks are skipped' })),
    filter: Type.Optional(Filter),
    as_of: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'The `last_seen` of what was looked at: what has come or changed after it is skipped',
      }),
    ),
    reason: Type.String({ minLength: 1, maxLength: 1_000, pattern: '\\S' }),
    ticket: Type.Optional(Type.String({ pattern: '^https?://', maxLength: 2_000 })),
    expires_at: Type.Optional(Time),
  },
  strict,
);

const Skipped = Type.Array(Type.Object({ id: Type.String(), reason: Type.String() }, strict));

const OPEN = { state: 'open', sort: 'first_seen', descending: false, limit: 1_000 } as const;

const HIDDEN_VALUES =
  'its values are redacted, so a mark could not end when they change; to accept it whatever they are, give its key to ' +
  '`known` of the check in the configuration file, without values';

export function knownRoutes(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'POST',
    url: '/api/v1/violations/known',
    config: { role: 'admin' },
    schema: {
      tags: ['violations'],
      summary:
        'Accept violations as they are now, until their values change, the mark expires or is taken back',
      body: ToMark,
      response: answers(Type.Object({ marked: Count, skipped: Skipped }, strict)),
    },
    handler: async (request) => {
      const { body } = request;
      const mark = markOf(body, request.actor?.name ?? 'nobody');
      const ids = await chosen(lockstep, body);
      const { reason, ticket, expires_at, as_of } = body;
      await audit(lockstep, request, {
        action: 'violations.known',
        subject: body.filter?.check ?? body.check ?? '*',
        details: { ids, reason, ticket, expires_at, as_of },
      });
      const refusal = (violation: Violation): string | null => {
        if (body.check !== undefined && violation.check !== body.check)
          return `it is a violation of check "${violation.check}"`;
        return changesUnseen(lockstep, violation) ? HIDDEN_VALUES : null;
      };
      const { done, skipped } = await lockstep.store.markKnown(ids, mark, {
        refusal,
        ...(as_of === undefined ? {} : { asOf: Date.parse(as_of) }),
      });
      await show(lockstep, done);
      return { marked: done.length, skipped: [...skipped] };
    },
  });
  api.route({
    method: 'POST',
    url: '/api/v1/violations/unmark',
    config: { role: 'admin' },
    schema: {
      tags: ['violations'],
      summary: 'Take marks back: the violations are open again',
      body: Type.Object({ ids: Ids }, strict),
      response: answers(Type.Object({ unmarked: Count, skipped: Skipped }, strict)),
    },
    handler: async (request) => {
      const { ids } = request.body;
      await audit(lockstep, request, { action: 'violations.unmark', subject: '*', details: { ids } });
      const actor = request.actor?.name ?? 'nobody';
      const { done, skipped } = await lockstep.store.unmark(ids, actor, Date.now());
      await show(lockstep, done);
      return { unmarked: done.length, skipped: [...skipped] };
    },
  });
}

/** A mark is pinned to the values, and values that are hidden could change under it. Measured ones may change anyway. */
function changesUnseen(lockstep: Lockstep, { check, left, right }: Violation): boolean {
  if (![...(left ?? []), ...(right ?? [])].includes(REDACTED)) return false;
  const state = lockstep.board.state(check);
  return !state || lockstep.kind(state.check.kind).measures !== true;
}

function markOf({ reason, ticket, expires_at: expires }: Static<typeof ToMark>, by: string): KnownMark {
  const at = Date.now();
  const expiresAt = expires === undefined ? null : Date.parse(expires);
  if (expiresAt !== null && !(expiresAt > at)) {
    throw new Problem(400, 'Body field "expires_at" must be a time to come.', { field: 'expires_at' });
  }
  return { reason: reason.trim(), ticket: ticket ?? null, by, at, expiresAt, from: 'api' };
}

/** A filter means what is open at this moment; there are at most `maxViolations` of them. */
async function chosen(
  lockstep: Lockstep,
  { ids, check: only, filter }: Static<typeof ToMark>,
): Promise<readonly string[]> {
  if ((ids === undefined) === (filter === undefined)) {
    throw new Problem(400, 'Body field "ids" or "filter" is needed, and not both.', { field: 'ids' });
  }
  if (only !== undefined && filter) {
    throw new Problem(400, 'Body field "check" goes with "ids"; a filter has its own.', { field: 'check' });
  }
  if (only !== undefined) stateOf(lockstep, only);
  if (!filter) return ids ?? [];
  const { check, kind, search } = filter;
  const state = stateOf(lockstep, check);
  requireKnownKinds(kind ?? [], state.check.violationKinds);
  const query: ViolationQuery = {
    checks: [check],
    ...(kind && kind.length > 0 ? { kinds: kind } : {}),
    ...(search === undefined ? {} : { search }),
    ...OPEN,
  };
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Violation> = await lockstep.store.violations(
      cursor === null ? query : { ...query, cursor },
    );
    found.push(...page.rows.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

/** Metrics and lists tell of the marks at once, not with the next run. */
async function show(lockstep: Lockstep, done: Marked['done']): Promise<void> {
  for (const check of new Set(done.map((one) => one.check))) {
    lockstep.board.update(check, await lockstep.store.standing(check));
  }
}
