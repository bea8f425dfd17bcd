/** Repairs: shown first, applied on purpose, taken back like any other. Admins only; every act is in the audit trail. */
import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { Check } from '../core/check.ts';
import { UserError } from '../core/errors.ts';
import { planCounts, type PlanRecord, type PlanRow, type PlanRowRecord } from '../core/sync-plan.ts';
import type { PlanSummary as StoredSummary } from '../stores/store.ts';
import { RepairRefused } from '../sync/refused.ts';
import { strict } from './api-schemas.ts';
import { iso, isoOrNull } from './check-documents.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, audit, stateOf, type Server } from './route.ts';
import * as api from './sync-schemas.ts';
import { requireKnownKinds } from './violation-routes.ts';

const Id = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{64}$' }) }, strict);
const PLANS_LISTED = 50;

export function syncRoutes(app: Server, lockstep: Lockstep): void {
  readingRoutes(app, lockstep);
  app.route({
    method: 'POST',
    url: '/api/v1/sync/plans',
    config: { role: 'admin' },
    schema: {
      tags: ['sync'],
      summary:
        'Preview a repair of chosen violations, or of every open one that can be mended; writes nothing',
      body: Type.Object(
        {
          check: Type.String(),
          ids: Type.Optional(
            Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 1_000 }),
          ),
          kinds: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 50 })),
        },
        strict,
      ),
      response: answers(api.MadePlan),
    },
    handler: async (request) => {
      const { check, ...chosen } = request.body;
      const state = stateOf(lockstep, check);
      requireKnownKinds(chosen.kinds ?? [], state.check.violationKinds, 'kinds');
      await audit(lockstep, request, { action: 'sync.plan', subject: check, details: chosen });
      const by = request.actor?.name ?? 'nobody';
      const record = await refusing(lockstep.repairs().plan(check, chosen, by));
      await auditPlan(lockstep, request, record);
      const { noRoom: no_room, unmendable } = record.leftOut;
      return { ...planJson(record, state.check), left_out: { no_room, unmendable } };
    },
  });
  app.route({
    method: 'POST',
    url: '/api/v1/sync/plans/:id/apply',
    config: { role: 'admin' },
    schema: {
      tags: ['sync'],
      summary:
        'Write a plan of your own: exactly what it shows, row by row, where the rows are still as it shows them',
      params: Id,
      body: Type.Object(
        {
          reason: Type.String({ minLength: 1, maxLength: 1_000, pattern: '\\S' }),
          dry_run: Type.Optional(
            Type.Boolean({ default: false, description: 'Do it all, and roll it back' }),
          ),
        },
        strict,
      ),
      response: answers(api.AppliedPlan),
    },
    handler: async (request) => {
      const { id } = request.params;
      const { reason, dry_run: dryRun = false } = request.body;
      const act = { action: 'sync.apply', subject: id, details: { reason, dry_run: dryRun } };
      await audit(lockstep, request, act);
      const by = request.actor?.name ?? 'nobody';
      const work = lockstep.repairs().apply(id, { by, reason: reason.trim(), dryRun });
      const applied = await refusing(work, (why) =>
        audit(lockstep, request, { ...act, action: 'sync.refused', details: { ...act.details, why } }),
      );
      const { check } = stateOf(lockstep, applied.record.plan.check);
      return { ...planJson(applied.record, check), dry_run: dryRun, still_apart: applied.stillApart };
    },
  });
  app.route({
    method: 'POST',
    url: '/api/v1/sync/plans/:id/undo',
    config: { role: 'admin' },
    schema: {
      tags: ['sync'],
      summary: 'Preview what takes an applied plan back; it is applied like any other plan',
      params: Id,
      response: answers(api.Plan),
    },
    handler: async (request) => {
      const { id } = request.params;
      await audit(lockstep, request, { action: 'sync.undo', subject: id });
      const record = await refusing(lockstep.repairs().undo(id, request.actor?.name ?? 'nobody'));
      await auditPlan(lockstep, request, record);
      return planJson(record, stateOf(lockstep, record.plan.check).check);
    },
  });
}

function readingRoutes(app: Server, lockstep: Lockstep): void {
  app.route({
    method: 'GET',
    url: '/api/v1/sync/plans',
    config: { role: 'admin' },
    schema: {
      tags: ['sync'],
      summary: 'The newest plans of a check',
      querystring: Type.Object({ check: Type.String() }, strict),
      response: answers(Type.Object({ plans: Type.Array(api.PlanSummary) }, strict)),
    },
    handler: async (request) => {
      const { check } = stateOf(lockstep, request.query.check);
      return { plans: (await lockstep.store.plans(check.name, PLANS_LISTED)).map(summaryJson) };
    },
  });
  app.route({
    method: 'GET',
    url: '/api/v1/sync/plans/:id',
    config: { role: 'admin' },
    schema: {
      tags: ['sync'],
      summary: 'A plan with what became of each row, also while it is being applied',
      params: Id,
      response: answers(api.Plan),
    },
    handler: async (request) => {
      const { id } = request.params;
      const record = await lockstep.store.plan(id);
      if (!record) throw new Problem(404, 'There is no such plan. Old ones are not kept.');
      await auditPlan(lockstep, request, record);
      return planJson(record, stateOf(lockstep, record.plan.check).check);
    },
  });
}

/** A plan shows rows, and which ones is only known when it is there. Who applies it has made it, and was noted then. */
function auditPlan(lockstep: Lockstep, request: FastifyRequest, { plan }: PlanRecord): Promise<void> {
  const ids = plan.rows.map(({ violationId }) => violationId);
  return audit(lockstep, request, { action: 'sync.read', subject: plan.id, details: { ids } });
}

const STATUS: Readonly<Record<RepairRefused['kind'], number>> = {
  ...{ unknown: 404, foreign: 403, expired: 410 },
  ...{ used: 409, stale: 409, altered: 409, unfit: 409 },
};

/** What cannot be done is told in words; what went wrong inside stays inside. */
async function refusing<T>(work: Promise<T>, note?: (why: string) => Promise<void>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RepairRefused) {
      await note?.(error.message);
      throw new Problem(STATUS[error.kind], error.message);
    }
    if (error instanceof UserError) throw new Problem(503, error.message);
    throw error;
  }
}

function summaryJson({ plan, counts, ...fate }: StoredSummary): api.PlanSummary {
  return {
    ...{ id: plan.id, check: plan.check, state: fate.state, undo_of: plan.undoOf },
    ...{ created_at: iso(plan.createdAt), created_by: plan.createdBy, expires_at: iso(plan.expiresAt) },
    ...{ applied_at: isoOrNull(fate.appliedAt), applied_by: fate.appliedBy, reason: fate.reason },
    counts: { ...counts },
  };
}

function planJson(record: PlanRecord, check: Check): api.Plan {
  const { plan, results } = record;
  const counts = planCounts(results.map(({ outcome }) => outcome));
  return {
    ...summaryJson({ ...record, counts }),
    rows: plan.rows.map((row, i) => rowJson(row, results[i], check)),
  };
}

function rowJson(
  row: PlanRow,
  result: PlanRowRecord | undefined,
  { fields }: Check,
): api.Plan['rows'][number] {
  const { write } = row;
  const copy = <T extends object>(text: T | null | undefined): T | null => (text ? { ...text } : null);
  return {
    ...{ violation_id: row.violationId, kind: row.kind },
    key: Object.fromEntries(fields.key.map((name, i) => [name, row.key[i] ?? null])),
    ...{ action: write?.action ?? null, side: write?.side ?? null, table: write?.table ?? null },
    ...{ before: copy(write?.before), other: copy(write?.other), after: copy(result?.after ?? write?.after) },
    statements: (write?.statements ?? []).map(statementJson),
    inverse: result?.inverse?.statements[0] ? statementJson(result.inverse.statements[0]) : null,
    ...{ outcome: result?.outcome ?? 'planned', reason: result?.reason ?? row.skipped },
  };
}

function statementJson({
  text,
  values,
}: {
  readonly text: string;
  readonly values: readonly (string | null)[];
}) {
  return { text, values: [...values] };
}
