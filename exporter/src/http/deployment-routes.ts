/** Deployments that were announced: what changed when, for whoever looks at a graph. */
import { Type } from 'typebox';
import type { Deployment } from '../core/deployment.ts';
import { orNull, strict, Time } from './api-schemas.ts';
import { iso } from './check-documents.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, audit, type Server } from './route.ts';

const DeploymentJson = Type.Object(
  {
    id: Type.String(),
    at: Time,
    name: Type.String(),
    version: orNull(Type.String()),
    stage: orNull(Type.String()),
    note: orNull(Type.String()),
    by: Type.String({ description: 'Who announced it' }),
  },
  strict,
);

const MOST = 1_000;
const WEEK_MS = 7 * 86_400_000;
/** Clocks differ. */
const FUTURE_MS = 60_000;
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' });

export function deploymentRoutes(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'POST',
    url: '/api/v1/deployments',
    config: { role: 'admin' },
    schema: {
      tags: ['deployments'],
      summary: 'Announce a deployment',
      body: Type.Object(
        {
          name: text(100),
          version: Type.Optional(text(100)),
          stage: Type.Optional(text(100)),
          note: Type.Optional(text(1_000)),
          at: Type.Optional(Type.String({ format: 'date-time', description: 'Now unless given' })),
        },
        strict,
      ),
      response: answers(DeploymentJson),
    },
    handler: async (request) => {
      const { at: given, ...rest } = request.body;
      const now = Date.now();
      const at = given === undefined ? now : Date.parse(given);
      if (at > now + FUTURE_MS)
        throw new Problem(400, 'Body field "at" must not lie in the future.', { field: 'at' });
      const [name = '', version, stage, note] = [rest.name, rest.version, rest.stage, rest.note].map((part) =>
        part?.trim(),
      );
      const details = { version, stage, note, at: iso(at) };
      await audit(lockstep, request, { action: 'deployment.announce', subject: name, details });
      const announced = {
        ...{ at, name, version: version ?? null, stage: stage ?? null, note: note ?? null },
        by: request.actor?.name ?? 'nobody',
      };
      return deploymentJson(await lockstep.store.addDeployment(announced));
    },
  });
  api.route({
    method: 'GET',
    url: '/api/v1/deployments',
    config: { role: 'viewer' },
    schema: {
      tags: ['deployments'],
      summary: 'Deployments that were announced, newest first; at most 1,000',
      querystring: Type.Object(
        {
          from: Type.Optional(
            Type.String({ format: 'date-time', description: 'A week before `to` unless given' }),
          ),
          to: Type.Optional(Type.String({ format: 'date-time', description: 'Now unless given' })),
        },
        strict,
      ),
      response: answers(Type.Object({ deployments: Type.Array(DeploymentJson) }, strict)),
    },
    handler: async (request) => {
      const { from: since, to: until } = request.query;
      const to = until === undefined ? Date.now() + FUTURE_MS : Date.parse(until);
      const from = since === undefined ? to - WEEK_MS : Date.parse(since);
      if (from > to)
        throw new Problem(400, 'Query parameter "from" must not be later than "to".', { field: 'from' });
      const found = await lockstep.store.deployments(from, to, MOST);
      return { deployments: found.map(deploymentJson) };
    },
  });
}

function deploymentJson({ at, ...rest }: Deployment) {
  return { ...rest, at: iso(at) };
}
