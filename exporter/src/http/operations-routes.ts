/** What operators and their machines ask: alive, ready, metrics, reload. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UserError } from '../core/errors.ts';
import type { MetricsFormat } from '../metrics.ts';
import { About, Readiness, Reloaded } from './api-schemas.ts';
import { basicAuthMatches } from './auth.ts';
import { CachedDocument, sendRendition } from './cached-document.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { answers, audit, roleOf, type Server } from './route.ts';

/** What moves without a change of the board (process metrics, request times) may be this old. */
const METRICS_MAX_AGE_MS = 1_000;

/** Neither limited nor behind the tokens of the API: whoever watches the exporter must always get through. */
export function publicOperations(app: Server, lockstep: Lockstep): void {
  metricsRoute(app, lockstep);
  app.route({
    method: 'GET',
    url: '/healthz',
    schema: { tags: ['operations'], summary: 'Whether the process is alive' },
    handler: (_request, reply) => reply.header('cache-control', 'no-store').type('text/plain').send('ok\n'),
  });
  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      tags: ['operations'],
      summary: 'Whether the store is open; 503 during shutdown',
      response: answers(Readiness),
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (lockstep.draining()) throw new Problem(503, 'The exporter is shutting down.');
      try {
        await lockstep.store.ping();
      } catch (error) {
        request.log.error({ err: error }, 'the store does not answer');
        throw new Problem(503, 'The store does not answer.');
      }
      return { ready: true };
    },
  });
}

function metricsRoute(app: Server, lockstep: Lockstep): void {
  const { metrics } = lockstep;
  const document = (format: MetricsFormat) =>
    new CachedDocument({
      version: () => metrics.version,
      maxAgeMs: METRICS_MAX_AGE_MS,
      render: () => metrics.render(format),
    });
  const documents = { prometheus: document('prometheus'), openmetrics: document('openmetrics') };
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: { tags: ['operations'], summary: 'Metrics for Prometheus, as text or OpenMetrics' },
    onRequest: (request, reply) => requireBasicAuth(lockstep, request, reply),
    handler: async (request, reply) => {
      const rendition = await documents[formatFor(request.headers.accept)].current();
      return sendRendition(request, reply, rendition, 'Accept');
    },
  });
}

/** For `/metrics` and the landing page, where the configuration asks for it. */
export async function requireBasicAuth(
  lockstep: Lockstep,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (basicAuthMatches(lockstep.config().http.metricsBasicAuth, request.headers.authorization)) return;
  reply.header('www-authenticate', 'Basic realm="lockstep", charset="UTF-8"');
  return Promise.reject(new Problem(401, 'User name and password of http.metricsBasicAuth are needed.'));
}

/** OpenMetrics where it is preferred, or asked for as much as plain text. */
export function formatFor(accept: string | undefined): MetricsFormat {
  const weights = new Map<string, number>();
  for (const entry of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    const version = parameters.find((part) => part.startsWith('version='))?.slice(8);
    // Another version would be another format; 0.0.1 is an old name of what 1.0.0 became.
    if (type === 'application/openmetrics-text' && version !== undefined && version !== '1.0.0') continue;
    const q = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
    weights.set(type, Math.max(weights.get(type) ?? 0, Number.isNaN(q) ? 0 : q));
  }
  const openMetrics = weights.get('application/openmetrics-text') ?? 0;
  return openMetrics > 0 && openMetrics >= (weights.get('text/plain') ?? 0) ? 'openmetrics' : 'prometheus';
}

/** What whoever sets up a client wants to know first: does the token work, and whose clock is wrong. */
export function aboutRoute(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'GET',
    url: '/api/v1/about',
    config: { role: 'viewer' },
    schema: {
      tags: ['operations'],
      summary: "The exporter's version and clock, and who the token says is asking",
      response: answers(About),
    },
    handler: (request, reply) => {
      reply.header('cache-control', 'no-store');
      return {
        version: lockstep.version,
        now: new Date().toISOString(),
        checks: lockstep.config().checks.length,
        actor: request.actor?.name ?? 'nobody',
        role: roleOf(request),
      };
    },
  });
}

export function reloadRoute(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'POST',
    url: '/-/reload',
    config: { role: 'admin' },
    schema: {
      tags: ['operations'],
      summary: 'Load the configuration file again; on any problem (422) the old one stays in force',
      response: answers(Reloaded),
    },
    handler: async (request) => {
      await audit(lockstep, request, { action: 'config.reload', subject: 'config' });
      try {
        await lockstep.reload();
      } catch (error) {
        if (error instanceof UserError) throw new Problem(422, error.message);
        throw error;
      }
      const { checks, sources } = lockstep.config();
      return { checks: checks.length, sources: sources.length };
    },
  });
}
