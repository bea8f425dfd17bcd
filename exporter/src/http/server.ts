/** The HTTP server, without a port: `app.ts` listens, tests inject. */
import compress from '@fastify/compress';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify';
import type { HttpConfig } from '../config/config.ts';
import { RecentRequests } from '../gate/recent-requests.ts';
import { auditRoutes } from './audit-routes.ts';
import { Authenticator, authorize } from './auth.ts';
import { baselineRoutes } from './baseline-routes.ts';
import { checkRoutes } from './check-routes.ts';
import { deploymentRoutes } from './deployment-routes.ts';
import { gateRoutes } from './gate-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { knownRoutes } from './known-routes.ts';
import { landingPage } from './landing-page.ts';
import type { Lockstep } from './lockstep.ts';
import { describeApi } from './openapi.ts';
import { aboutRoute, publicOperations, reloadRoute } from './operations-routes.ts';
import { handleError, handleNotFound, Problem, routeOf } from './problem.ts';
import { reportRoutes } from './report-routes.ts';
import type { Server } from './route.ts';
import { runRoutes } from './run-routes.ts';
import { syncRoutes } from './sync-routes.ts';
import { violationRoutes } from './violation-routes.ts';

/** 1,000 ids of violations are 35 kB; nothing longer is ever sent. */
const BODY_LIMIT_BYTES = 64 * 1_024;

export async function createServer(
  lockstep: Lockstep,
  options: { readonly logger: FastifyBaseLogger },
): Promise<Server> {
  const app = fastify(lockstep.config().http, options.logger);
  app.setErrorHandler(handleError);
  // What is sent is typed by the same schemas; serializing by them would only cost time and could drop a field.
  app.setSerializerCompiler(() => (document) => JSON.stringify(document));
  app.decorateRequest('actor', null);
  app.decorateRequest('authFailure', null);
  const requests = new RecentRequests(Date.now());
  observe(app, lockstep, requests);
  await describeApi(app, lockstep.version);
  await app.register(rateLimit, {
    global: false,
    keyGenerator: clientOf,
    max: () => lockstep.config().http.rateLimit.max,
    timeWindow: () => lockstep.config().http.rateLimit.windowMs,
    errorResponseBuilder: (_request, { after }) =>
      new Problem(429, `Too many requests. Try again in ${after}.`),
  });
  // Unlimited, a 404 would let anybody search for routes.
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, handleNotFound);
  publicOperations(app, lockstep);
  landingPage(app, lockstep);
  await app.register(async (api) => {
    await guardedApi(api, lockstep, requests, options.logger);
  });
  return app;
}

function fastify({ tls, trustProxy }: HttpConfig, logger: FastifyBaseLogger): Server {
  const app: unknown = Fastify({
    loggerInstance: logger,
    // A line per scrape is noise, and the default line holds the URL, which holds what somebody searched for.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy,
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: 200 },
    // Coercion is for query strings; an unknown parameter is refused, not dropped, because it is a typing mistake.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', useDefaults: true } },
    frameworkErrors: (error, request, reply) => {
      void handleError(error, request, reply);
    },
    ...(tls ? { https: { cert: tls.cert, key: tls.key } } : {}),
  });
  // With or without TLS it is used in the same way.
  return (app as FastifyInstance).withTypeProvider<TypeBoxTypeProvider>();
}

/** Times, counts and logs every answer by route pattern. */
function observe(app: Server, lockstep: Lockstep, requests: RecentRequests): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // kept alive, the connection would hold the stop up for as long as its client likes
    if (lockstep.draining()) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = routeOf(request);
    const { statusCode: status, elapsedTime } = reply;
    lockstep.metrics.httpRequest(route, request.method, status, elapsedTime / 1_000);
    requests.add(status, elapsedTime / 1_000, Date.now());
    const acted = request.method !== 'GET' && request.method !== 'HEAD';
    const level = status >= 500 ? 'warn' : acted || status >= 400 ? 'info' : 'debug';
    const ms = Math.round(elapsedTime * 10) / 10;
    request.log[level]({ method: request.method, route, status, ms, actor: request.actor?.name }, 'answered');
    done();
  });
}

/**
 * Everything under `/api` and `/-/reload`: who is it, has he asked too often, may he. In this order, because the limit
 * is counted per client that is known, and failed attempts must count, too.
 */
async function guardedApi(
  api: Server,
  lockstep: Lockstep,
  requests: RecentRequests,
  logger: FastifyBaseLogger,
): Promise<void> {
  const authenticator = new Authenticator(() => lockstep.config().http, logger);
  api.addHook('onRoute', ({ url, config }) => {
    if (config?.role === undefined) throw new Error(`route ${url} does not say which role may use it`);
  });
  api.addHook('onRequest', async (request) => {
    try {
      request.actor = await authenticator.authenticate(request);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      request.authFailure = error;
    }
  });
  api.addHook('onRequest', api.rateLimit());
  api.addHook('onRequest', async (request) => {
    if (request.authFailure) throw request.authFailure;
    authorize(request.actor, request.routeOptions.config.role);
    return Promise.resolve();
  });
  await api.register(compress, { encodings: ['gzip'], globalDecompression: false, threshold: 1_024 });
  healthRoutes(api, lockstep);
  checkRoutes(api, lockstep);
  runRoutes(api, lockstep);
  violationRoutes(api, lockstep);
  knownRoutes(api, lockstep);
  baselineRoutes(api, lockstep);
  syncRoutes(api, lockstep);
  reportRoutes(api, lockstep);
  gateRoutes(api, lockstep, requests);
  deploymentRoutes(api, lockstep);
  auditRoutes(api, lockstep);
  aboutRoute(api, lockstep);
  reloadRoute(api, lockstep);
}

/** Guesses must not each get a limit of their own, so only a client that is known counts by name. */
function clientOf(request: FastifyRequest): string {
  return request.actor ? `name ${request.actor.name}` : `address ${request.ip}`;
}
