/** Runs and jobs: what ran, when, and how it ended. Numbers only, so viewers may read them. */
import { Type } from 'typebox';
import type { JobState } from '../stores/store.ts';
import { JobList, Run, RunPage } from './api-schemas.ts';
import { jobJson, runJson, runningJson } from './check-documents.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, roleOf, stateOf, type Server } from './route.ts';

const strict = { additionalProperties: false } as const;

export const Paging = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
    cursor: Type.Optional(Type.String({ maxLength: 4_000, description: '`next_cursor` of the page before' })),
  },
  strict,
);

export function runRoutes(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'GET',
    url: '/api/v1/checks/:check/runs',
    config: { role: 'viewer' },
    schema: {
      tags: ['runs'],
      summary: 'Finished runs of a check, newest first',
      params: Type.Object({ check: Type.String() }, strict),
      querystring: Paging,
      response: answers(RunPage),
    },
    handler: async (request) => {
      const { check } = stateOf(lockstep, request.params.check);
      const { limit, cursor } = request.query;
      const { rows, nextCursor } = await lockstep.store.runs(check.name, limit, cursor);
      return { rows: rows.map((run) => runJson(run, roleOf(request))), next_cursor: nextCursor };
    },
  });
  api.route({
    method: 'GET',
    url: '/api/v1/runs/:id',
    config: { role: 'viewer' },
    schema: {
      tags: ['runs'],
      summary: 'One run, also while it is going on',
      params: Type.Object({ id: Type.String() }, strict),
      response: answers(Run),
    },
    handler: async (request) => {
      const { id } = request.params;
      // The board first: a run is saved before it leaves the board, so it is found in one of the two.
      for (const { check, running } of lockstep.board.states()) {
        if (running?.runId === id) return runningJson(check.name, running);
      }
      const run = await lockstep.store.run(id);
      if (!run) throw new Problem(404, 'There is no such run. Old runs and dry runs are not kept.');
      return runJson(run, roleOf(request));
    },
  });
  api.route({
    method: 'GET',
    url: '/api/v1/jobs',
    config: { role: 'viewer' },
    schema: { tags: ['runs'], summary: 'Everything on a schedule', response: answers(JobList) },
    handler: async () => {
      const remembered = new Map((await lockstep.store.jobs()).map((job) => [job.job, job]));
      const checks = lockstep.board.states();
      return {
        jobs: [
          ...checks.map((state) => {
            const { name } = state.check;
            return jobJson(remembered.get(name) ?? neverRun(name), state, state.nextRunAt);
          }),
          ...[...lockstep.otherJobs()].map(([job, next]) =>
            jobJson(remembered.get(job) ?? neverRun(job), undefined, next),
          ),
        ],
      };
    },
  });
}

function neverRun(job: string): JobState {
  const never = { lastStartAt: null, lastRunAt: null, lastSuccessAt: null, lastDurationMs: null };
  return { job, ...never, consecutiveFailures: 0 };
}
