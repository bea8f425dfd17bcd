/** Whether a deployment may go on. Numbers only, so viewers may ask. */
import { Type } from 'typebox';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { GATE_WINDOW_MS, judge, type GateLimits } from '../core/gate.ts';
import { nearest } from '../core/nearest.ts';
import { gatherGate } from '../gate/facts.ts';
import type { RecentRequests } from '../gate/recent-requests.ts';
import { gateWords } from '../gate/words.ts';
import { strict } from './api-schemas.ts';
import { iso } from './check-documents.ts';
import { GateDocument } from './gate-schemas.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, stateOf, type Server } from './route.ts';

const Question = Type.Object(
  {
    for: Type.String({
      pattern: DURATION_PATTERN,
      default: '30m',
      description: 'How far back, from 1s to 24h',
    }),
    stage: Type.String({
      default: 'default',
      maxLength: 63,
      description: 'Whose limits: a name of gate.stages',
    }),
    check: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 100,
        description: 'Only these, repeatable; every one that is enabled unless given',
      }),
    ),
  },
  strict,
);

export function gateRoutes(api: Server, lockstep: Lockstep, requests: RecentRequests): void {
  api.route({
    method: 'GET',
    url: '/api/v1/gate',
    config: { role: 'viewer' },
    schema: {
      tags: ['gate'],
      summary: 'Proceed, investigate or roll back, with the reasons; 200 whatever the decision is',
      querystring: Question,
      response: answers(GateDocument),
    },
    handler: async (request, reply): Promise<GateDocument> => {
      const { for: window, stage, check: names } = request.query;
      const windowMs = boundedMs(window);
      const limits = limitsOf(lockstep, stage);
      const checks = names?.map((name) => stateOf(lockstep, name).check.name) ?? null;
      reply.header('cache-control', 'private, no-store');
      const facts = await gatherGate(lockstep, requests, { windowMs, checks, now: Date.now() });
      const { decision, reasons } = judge(facts, limits);
      return {
        ...{ decision, stage, from: iso(facts.from), to: iso(facts.to), window_seconds: windowMs / 1_000 },
        checks: facts.checks.map(({ name }) => name),
        reasons: reasons.map((reason) => ({ ...reason, words: gateWords(reason, facts) })),
      };
    },
  });
}

function boundedMs(window: string): number {
  const ms = durationMs(window);
  if (ms >= GATE_WINDOW_MS.least && ms <= GATE_WINDOW_MS.most) return ms;
  throw new Problem(400, 'Query parameter "for" must be from 1s to 24h.', { field: 'for' });
}

function limitsOf(lockstep: Lockstep, stage: string): GateLimits {
  const { stages } = lockstep.config().gate;
  const limits = stages.get(stage);
  if (limits) return limits;
  const names = [...stages.keys()];
  const suggestion = nearest(stage, names);
  const hint =
    suggestion === null ? `The configuration has ${names.join(', ')}.` : `Did you mean "${suggestion}"?`;
  throw new Problem(404, `There is no stage "${stage}". ${hint}`, {
    field: 'stage',
    ...(suggestion === null ? {} : { suggestion }),
  });
}
