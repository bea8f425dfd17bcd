/** Checks: what they are, how they stand, what became of them over time. Numbers only, so viewers may read them. */
import { Type } from 'typebox';
import type { Role } from '../config/config.ts';
import { worst } from '../core/status.ts';
import { toRow } from '../core/violation-row.ts';
import {
  Check,
  CheckList,
  FinishedRun,
  History,
  StartedRun,
  type CheckList as CheckListJson,
} from './api-schemas.ts';
import { CachedDocument, sendRendition } from './cached-document.ts';
import { checkJson, historyJson, iso, runJson, statusNow } from './check-documents.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, audit, auditRows, roleOf, start, stateOf, type Server } from './route.ts';

const strict = { additionalProperties: false } as const;
const WEEK_MS = 7 * 86_400_000;
const Name = Type.Object({ check: Type.String() }, strict);

export function checkRoutes(api: Server, lockstep: Lockstep): void {
  listRoute(api, lockstep);
  historyRoute(api, lockstep);
  runRoute(api, lockstep);
  api.route({
    method: 'GET',
    url: '/api/v1/checks/:check',
    config: { role: 'viewer' },
    schema: {
      tags: ['checks'],
      summary: 'One check and how it stands',
      params: Name,
      response: answers(Check),
    },
    handler: (request) => checkJson(stateOf(lockstep, request.params.check), roleOf(request)),
  });
}

function listRoute(api: Server, lockstep: Lockstep): void {
  const { board } = lockstep;
  const list = (role: Role) =>
    new CachedDocument({
      version: () => board.version,
      render: () => {
        const states = board.states();
        const checks = states.map((state) => checkJson(state, role));
        const document: CheckListJson = { status: worst(states.map(statusNow)), checks };
        return Promise.resolve({
          body: JSON.stringify(document),
          contentType: 'application/json; charset=utf-8',
        });
      },
    });
  // An admin reads why a run could not look; a viewer reads numbers.
  const documents: Readonly<Record<Role, CachedDocument>> = { admin: list('admin'), viewer: list('viewer') };
  api.route({
    method: 'GET',
    url: '/api/v1/checks',
    config: { role: 'viewer', compress: false },
    schema: { tags: ['checks'], summary: 'Every check and how it stands', response: answers(CheckList) },
    handler: async (request, reply) =>
      sendRendition(request, reply, await documents[roleOf(request)].current(), 'Authorization'),
  });
}

function historyRoute(api: Server, lockstep: Lockstep): void {
  const Span = Type.Object(
    {
      from: Type.Optional(
        Type.String({ format: 'date-time', description: 'A week before `to` unless given' }),
      ),
      to: Type.Optional(Type.String({ format: 'date-time', description: 'Now unless given' })),
    },
    strict,
  );
  api.route({
    method: 'GET',
    url: '/api/v1/checks/:check/history',
    config: { role: 'viewer' },
    schema: {
      tags: ['checks'],
      summary: 'Past runs as points, oldest first; whole days where single runs are not kept any more',
      params: Name,
      querystring: Span,
      response: answers(History),
    },
    handler: async (request) => {
      const { check } = stateOf(lockstep, request.params.check);
      const to = request.query.to === undefined ? Date.now() : Date.parse(request.query.to);
      const from = request.query.from === undefined ? to - WEEK_MS : Date.parse(request.query.from);
      if (from > to)
        throw new Problem(400, 'Query parameter "from" must not be later than "to".', { field: 'from' });
      const points = await lockstep.store.history(check.name, from, to);
      return { check: check.name, from: iso(from), to: iso(to), points: points.map(historyJson) };
    },
  });
}

function runRoute(api: Server, lockstep: Lockstep): void {
  const Options = Type.Object(
    {
      wait: Type.Boolean({ default: false, description: 'Answer when the run is over' }),
      dry_run: Type.Boolean({ default: false, description: 'Look and change nothing; always waits' }),
    },
    strict,
  );
  api.route({
    method: 'POST',
    url: '/api/v1/checks/:check/run',
    config: { role: 'admin' },
    schema: {
      tags: ['checks'],
      summary: 'Run a check now: 202 with the run to follow, 200 after `wait`, 409 while one is going on',
      params: Name,
      querystring: Options,
      response: { ...answers(FinishedRun), 202: StartedRun },
    },
    handler: async (request, reply) => {
      const { check } = stateOf(lockstep, request.params.check);
      const { wait, dry_run: dryRun } = request.query;
      await audit(lockstep, request, {
        action: 'check.run',
        subject: check.name,
        details: { dry_run: dryRun },
      });
      const { runId, wait: finish } = start(lockstep, check.name, dryRun);
      // Nothing of a dry run is kept, so there would be nothing to follow.
      if (!wait && !dryRun) {
        const location = `/api/v1/runs/${runId}`;
        return reply
          .code(202)
          .header('location', location)
          .send({ run_id: runId, check: check.name, location });
      }
      const finished = await finish();
      await auditRows(lockstep, request, finished);
      const { run, rows } = finished;
      const violations = rows.map((row) => toRow(row, check));
      return { ...runJson(run, roleOf(request)), dry_run: dryRun, violations };
    },
  });
}
