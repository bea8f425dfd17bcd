/** Every answer that is not what was asked for: `application/problem+json` (RFC 9457), never anything internal. */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { nearest } from '../core/nearest.ts';
import { RunningError } from '../runner/running-error.ts';
import { CursorError } from '../stores/store.ts';
import type { Problem as ProblemBody } from './api-schemas.ts';

const MEDIA_TYPE = 'application/problem+json; charset=utf-8';

type Extras = Omit<Partial<ProblemBody>, 'type' | 'title' | 'status' | 'detail'>;

/** Thrown by handlers and hooks; `detail` is read by the client. */
export class Problem extends Error {
  override name = 'Problem';
  readonly statusCode: number;
  readonly extras: Extras;
  constructor(statusCode: number, detail: string, extras: Extras = {}) {
    super(detail);
    this.statusCode = statusCode;
    this.extras = extras;
  }
}

export function unknownCheck(name: string, names: readonly string[]): Problem {
  const suggestion = nearest(name, names);
  const hint = suggestion === null ? 'GET /api/v1/checks lists them.' : `Did you mean "${suggestion}"?`;
  return new Problem(404, `There is no check "${name}". ${hint}`, suggestion === null ? {} : { suggestion });
}

/** The one error handler: anything that is not meant for the client becomes a 500 that says nothing. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error);
  if (problem.statusCode >= 500 && !(error instanceof Problem)) {
    request.log.error({ err: error, route: routeOf(request) }, 'request failed');
  }
  return sendProblem(reply, problem);
}

export function handleNotFound(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, new Problem(404, 'There is nothing here. /documentation lists every route.'));
}

/** The pattern of the route: paths hold ids and queries hold what somebody searched for. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unmatched';
}

function sendProblem(reply: FastifyReply, { statusCode, message, extras }: Problem): FastifyReply {
  const title = STATUS_CODES[statusCode] ?? 'Error';
  const body: ProblemBody = { type: 'about:blank', title, status: statusCode, detail: message, ...extras };
  reply.removeHeader('etag');
  if (statusCode === 401 && !reply.hasHeader('www-authenticate')) {
    reply.header('www-authenticate', 'Bearer realm="lockstep"');
  }
  return reply
    .code(statusCode)
    .header('cache-control', 'no-store')
    .type(MEDIA_TYPE)
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(body);
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof RunningError) return new Problem(409, `${error.message}.`, { run_id: error.runId });
  if (error instanceof CursorError) return new Problem(400, `${error.message}.`, { field: 'cursor' });
  if (isFastifyError(error)) {
    if (error.validation) return invalid(error);
    // Fastify's own refusals (body too large, broken JSON, bad URL) are written for the client.
    if (error.statusCode !== undefined && error.statusCode < 500 && error.code.startsWith('FST_')) {
      return new Problem(error.statusCode, error.message);
    }
  }
  return new Problem(500, 'Something went wrong here. The log of the exporter tells what.');
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

const PLACES: Readonly<Record<string, string>> = {
  querystring: 'Query parameter',
  params: 'Path parameter',
  body: 'Body field',
  headers: 'Header',
};

function invalid(error: FastifyError): Problem {
  const first = error.validation?.[0];
  const place = PLACES[error.validationContext ?? ''] ?? 'Field';
  if (!first) return new Problem(400, 'The request is not valid.');
  const { missingProperty, additionalProperty, allowedValues, allowedValue } = first.params;
  const unknown = additionalProperty ?? missingProperty;
  const field = typeof unknown === 'string' ? unknown : (first.instancePath.split('/')[1] ?? '');
  if (additionalProperty !== undefined)
    return new Problem(400, `${place} "${field}" is not known here.`, { field });
  if (missingProperty !== undefined) return new Problem(400, `${place} "${field}" is missing.`, { field });
  const allowed = Array.isArray(allowedValues)
    ? allowedValues
    : allowedValue === undefined
      ? []
      : [allowedValue];
  const rule =
    allowed.length > 0 ? `must be one of ${allowed.join(', ')}` : (first.message ?? 'is not valid');
  return new Problem(400, `${place} "${field}" ${rule}.`, { field });
}
