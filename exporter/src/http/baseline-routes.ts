/** Remembers runs to compare with. Numbers are for viewers; rows, and every act, for admins. */
import { Type } from 'typebox';
import { compare, driftPoints, type Baseline, type Part } from '../core/baseline.ts';
import type { Check } from '../core/check.ts';
import { consistencyRatio } from '../core/status.ts';
import { toRow } from '../core/violation-row.ts';
import { baselineFiles } from '../reports/baseline-files.ts';
import type { FollowedRow } from '../stores/store.ts';
import { strict } from './api-schemas.ts';
import { BaselineDocument, BaselineFiles, BaselineList, Comparison } from './baseline-schemas.ts';
import { isHeld, iso } from './check-documents.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, audit, stateOf, type Server } from './route.ts';

const Id = Type.Object({ id: Type.String() }, strict);
const ROWS_SHOWN = 100;

export function baselineRoutes(api: Server, lockstep: Lockstep): void {
  readingRoutes(api, lockstep);
  api.route({
    method: 'POST',
    url: '/api/v1/baselines',
    config: { role: 'admin' },
    schema: {
      tags: ['baselines'],
      summary: 'Remember the newest run of a check; it is the current baseline from then on',
      body: Type.Object(
        {
          check: Type.String(),
          name: Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' }),
          note: Type.Optional(Type.String({ maxLength: 1_000 })),
        },
        strict,
      ),
      response: answers(BaselineDocument),
    },
    handler: async (request) => {
      const { check, name, note = null } = request.body;
      const state = stateOf(lockstep, check);
      if (isHeld(state)) {
        throw new Problem(409, 'The numbers are held: the newest run could not look. Try again once it can.');
      }
      await audit(lockstep, request, { action: 'baseline.create', subject: check, details: { name, note } });
      const by = request.actor?.name ?? 'nobody';
      const made = await lockstep.store.makeBaseline({ check, name: name.trim(), note, by, at: Date.now() });
      if (!made) throw new Problem(409, 'There is no run to remember yet. Run the check first.');
      lockstep.board.update(check, { baseline: made });
      return baselineJson(made);
    },
  });
  api.route({
    method: 'POST',
    url: '/api/v1/baselines/:id/current',
    config: { role: 'admin' },
    schema: {
      tags: ['baselines'],
      summary: 'Compare with this one from now on',
      params: Id,
      response: answers(BaselineDocument),
    },
    handler: async (request) => {
      const { id } = request.params;
      await audit(lockstep, request, { action: 'baseline.choose', subject: id });
      const chosen = await lockstep.store.chooseBaseline(id);
      if (!chosen) throw unknown();
      lockstep.board.update(chosen.check, { baseline: chosen });
      return baselineJson(chosen);
    },
  });
  api.route({
    method: 'DELETE',
    url: '/api/v1/baselines/:id',
    config: { role: 'admin' },
    schema: {
      tags: ['baselines'],
      summary: 'Forget a baseline',
      params: Id,
      response: answers(Type.Object({ deleted: Type.Boolean() }, strict)),
    },
    handler: async (request) => {
      const { id } = request.params;
      await audit(lockstep, request, { action: 'baseline.delete', subject: id });
      if (!(await lockstep.store.removeBaseline(id))) throw unknown();
      for (const { check, baseline } of lockstep.board.states())
        if (baseline?.id === id) lockstep.board.update(check.name, { baseline: null });
      return { deleted: true };
    },
  });
}

function readingRoutes(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'GET',
    url: '/api/v1/baselines',
    config: { role: 'viewer' },
    schema: {
      tags: ['baselines'],
      summary: 'Baselines, newest first',
      querystring: Type.Object({ check: Type.Optional(Type.String()) }, strict),
      response: answers(BaselineList),
    },
    handler: async (request) => {
      const { check } = request.query;
      const name = check === undefined ? null : stateOf(lockstep, check).check.name;
      return { baselines: (await lockstep.store.baselines(name)).map(baselineJson) };
    },
  });
  api.route({
    method: 'GET',
    url: '/api/v1/baselines/:id/comparison',
    config: { role: 'admin' },
    schema: {
      tags: ['baselines'],
      summary: 'What is new, resolved and still there since then',
      params: Id,
      response: answers(Comparison),
    },
    handler: async (request) => {
      const { id } = request.params;
      const baseline = await baselineOf(lockstep, id);
      const { json, ids } = await comparison(lockstep, baseline);
      await audit(lockstep, request, { action: 'baseline.read', subject: id, details: { ids } });
      return json;
    },
  });
  api.route({
    method: 'GET',
    url: '/api/v1/baselines/:id/files',
    config: { role: 'admin' },
    schema: {
      tags: ['baselines'],
      summary: 'A baseline as files to keep: numbers, rows, what they mean and what to do',
      params: Id,
      response: answers(BaselineFiles),
    },
    handler: async (request) => {
      const { id } = request.params;
      const baseline = await baselineOf(lockstep, id);
      const { check } = stateOf(lockstep, baseline.check);
      const rows = await lockstep.store.baselineRows(id);
      const ids = rows.map((row) => row.id);
      await audit(lockstep, request, { action: 'baseline.export', subject: id, details: { ids } });
      return { files: [...baselineFiles(baseline, rows, check)] };
    },
  });
}

async function baselineOf({ store }: Lockstep, id: string): Promise<Baseline> {
  const baseline = (await store.baselines(null)).find((one) => one.id === id);
  if (!baseline) throw unknown();
  return baseline;
}

/** With the ids of the rows that it shows. */
async function comparison(lockstep: Lockstep, baseline: Baseline) {
  const state = stateOf(lockstep, baseline.check);
  const { check, conclusive } = state;
  if (!conclusive?.result)
    throw new Problem(409, 'There is no run to compare with yet. Run the check first.');
  const { checked, consistent, inconsistent, capped } = conclusive.result;
  const then = await lockstep.store.baselineRows(baseline.id);
  const { fresh, resolved, still } = compare(then, await followedNow(lockstep, check.name));
  const ids = [fresh, resolved, still].flatMap(({ rows }) => rows.slice(0, ROWS_SHOWN).map(({ id }) => id));
  const json = {
    baseline: baselineJson(baseline),
    now: {
      ...{ run_id: conclusive.id, at: iso(conclusive.finishedAt), held: isHeld(state) },
      ...{ checked, consistent, inconsistent, consistency_ratio: consistencyRatio(checked, consistent) },
    },
    drift_points: driftPoints(baseline, conclusive.result),
    ...{ new: partJson(fresh, check), resolved: partJson(resolved, check), still: partJson(still, check) },
    capped: capped || baseline.capped,
  };
  return { json, ids };
}

async function followedNow(lockstep: Lockstep, check: string): Promise<FollowedRow[]> {
  return [...(await lockstep.store.remembered(check, [])).values()];
}

function partJson({ rows, byKind, byDifference }: Part<FollowedRow>, check: Check) {
  return {
    total: rows.length,
    by_kind: { ...byKind },
    by_difference: { ...byDifference },
    rows: rows.slice(0, ROWS_SHOWN).map((row) => toRow(row, check)),
  };
}

function baselineJson(baseline: Baseline) {
  const { id, check, name, note, createdAt, createdBy, current, runId, runAt, counts, capped } = baseline;
  const { checked, consistent, inconsistent } = baseline;
  return {
    ...{ id, check, name, note, created_at: iso(createdAt), created_by: createdBy, current },
    ...{ run_id: runId, run_at: iso(runAt), checked, consistent, inconsistent },
    consistency_ratio: consistencyRatio(checked, consistent),
    ...{ counts: { ...counts }, capped },
  };
}

function unknown(): Problem {
  return new Problem(404, 'There is no such baseline. GET /api/v1/baselines lists them.');
}
