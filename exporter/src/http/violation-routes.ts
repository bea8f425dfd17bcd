/** Rows. Admins only, and every look is written to the audit trail. */
import { Type } from 'typebox';
import { nearest } from '../core/nearest.ts';
import { SourceError } from '../core/errors.ts';
import { toRow } from '../core/violation-row.ts';
import type { Violation } from '../core/violation.ts';
import { oneOf, ViolationDetail, ViolationPage, ViolationSort } from './api-schemas.ts';
import { iso, naming, violationJson } from './check-documents.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, audit, stateOf, type Server } from './route.ts';
import { Paging } from './run-routes.ts';

const strict = { additionalProperties: false } as const;

const Filter = Type.Object(
  {
    check: Type.Optional(Type.String({ description: 'One check; every check unless given' })),
    kind: Type.Optional(
      Type.Array(Type.String(), { maxItems: 50, description: 'Violation kinds; repeatable' }),
    ),
    state: Type.Enum(['open', 'known', 'resolved', 'all'], { default: 'open' }),
    search: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Text within the key, any case' }),
    ),
    sort: { ...ViolationSort, default: 'last_seen' },
    order: { ...oneOf(['asc', 'desc']), default: 'desc' },
    ...Paging.properties,
  },
  strict,
);

export function violationRoutes(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'GET',
    url: '/api/v1/violations',
    config: { role: 'admin' },
    schema: {
      tags: ['violations'],
      summary: 'Violations, page by page',
      querystring: Filter,
      response: answers(ViolationPage),
    },
    handler: async (request) => {
      const { check, kind, state, search, sort, order, limit, cursor } = request.query;
      const states = check === undefined ? lockstep.board.states() : [stateOf(lockstep, check)];
      requireKnownKinds(kind ?? [], [...new Set(states.flatMap((known) => known.check.violationKinds))]);
      const filter = {
        checks: states.map((known) => known.check.name),
        ...(kind && kind.length > 0 ? { kinds: kind } : {}),
        ...(state === 'all' ? {} : { state }),
        ...(search === undefined ? {} : { search }),
      };
      const range = {
        sort,
        descending: order === 'desc',
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      };
      const page = await lockstep.store.violations({ ...filter, ...range });
      // What was searched for is part of a key, so the rows are named by their ids alone.
      await audit(lockstep, request, {
        action: 'violations.read',
        subject: check ?? '*',
        details: { kind, state, searched: search !== undefined, ids: page.rows.map(({ id }) => id) },
      });
      return {
        rows: page.rows.map((row) => violationJson(row, lockstep.board.state(row.check)?.check)),
        next_cursor: page.nextCursor,
        total: await lockstep.store.countViolations(filter),
        capped: states.some(({ conclusive }) => conclusive?.result?.capped === true),
      };
    },
  });
  api.route({
    method: 'GET',
    url: '/api/v1/violations/:id',
    config: { role: 'admin' },
    schema: {
      tags: ['violations'],
      summary: 'One violation, its life, and the rows of both sides read again now',
      params: Type.Object({ id: Type.String() }, strict),
      response: answers(ViolationDetail),
    },
    handler: async (request) => {
      const found = await lockstep.store.violation(request.params.id);
      if (!found) throw new Problem(404, 'There is no such violation. Resolved ones are not kept for ever.');
      const { violation, life } = found;
      await audit(lockstep, request, {
        action: 'violation.read',
        subject: violation.id,
        details: { check: violation.check },
      });
      const check = lockstep.board.state(violation.check)?.check;
      const names = naming(violation, check);
      const row = (left: Violation['left'], right: Violation['right'], kind: string) =>
        toRow({ kind, key: violation.key, left, right }, names);
      return {
        ...violationJson(violation, check),
        first_row: row(violation.firstLeft, violation.firstRight, life[0]?.kind ?? violation.kind),
        life: life.map(({ at, event, runId, by, reason, kind, left, right }) => ({
          ...{ at: iso(at), event, run_id: runId, by, reason, kind, row: row(left, right, kind) },
        })),
        ...(check ? await current(lockstep, violation) : GONE),
      };
    },
  });
}

const GONE = { current: null, current_error: 'The check is not configured any more.' };

async function current(lockstep: Lockstep, violation: Violation) {
  try {
    const sides = await lockstep.currentRows(violation);
    const rows = sides.map(({ side, source, table, rows: own }) => ({ side, source, table, rows: [...own] }));
    return { current: rows, current_error: null };
  } catch (error) {
    if (error instanceof SourceError) return { current: null, current_error: error.message };
    throw error;
  }
}

export function requireKnownKinds(
  kinds: readonly string[],
  known: readonly string[],
  field: 'kind' | 'kinds' = 'kind',
): void {
  const place = field === 'kind' ? 'Query parameter' : 'Body field';
  for (const kind of kinds) {
    if (known.includes(kind)) continue;
    const suggestion = nearest(kind, known);
    const detail = `${place} "${field}" must be one of ${known.join(', ')}; it is "${kind}".`;
    throw new Problem(400, detail, { field, ...(suggestion === null ? {} : { suggestion }) });
  }
}
