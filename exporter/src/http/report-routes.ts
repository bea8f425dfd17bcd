/** What happened in a window, and what follows. Numbers only, so viewers may read them. */
import { Type } from 'typebox';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { DEFAULT_WINDOWS_MS, REPORT_FORMATS, REPORT_KINDS, WINDOW_LIMITS_MS } from '../core/report.ts';
import { MEDIA_TYPES, writtenReport } from '../reports/formats.ts';
import { gatherReport } from '../reports/gather.ts';
import { REPORT_POLICY } from '../reports/html.ts';
import { oneOf, strict } from './api-schemas.ts';
import type { Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { ReportDocument } from './report-schemas.ts';
import { answers, stateOf, type Server } from './route.ts';

const written = { schema: Type.String() };
const OK = {
  description: 'The report',
  content: {
    'application/json': { schema: ReportDocument },
    'text/markdown': written,
    'text/html': written,
  },
};

export function reportRoutes(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'GET',
    url: '/api/v1/reports/:kind',
    config: { role: 'viewer' },
    schema: {
      tags: ['reports'],
      summary: 'What happened in the last hours or days, and whether to proceed, investigate or fix first',
      params: Type.Object({ kind: oneOf(REPORT_KINDS) }, strict),
      querystring: Type.Object(
        {
          window: Type.Optional(
            Type.String({
              pattern: DURATION_PATTERN,
              description: 'How far back, at most 31d; 24h, 7d and 72h by the kind unless given',
            }),
          ),
          format: Type.Optional(oneOf(REPORT_FORMATS, 'json unless given')),
          check: Type.Optional(Type.String({ description: 'Every check unless given' })),
        },
        strict,
      ),
      response: { ...answers(ReportDocument), 200: OK },
    },
    handler: async (request, reply) => {
      const { kind } = request.params;
      const { window, check, format = 'json' } = request.query;
      const checks = check === undefined ? null : [stateOf(lockstep, check).check.name];
      const windowMs = window === undefined ? DEFAULT_WINDOWS_MS[kind] : boundedMs(window);
      const report = await gatherReport(lockstep, { kind, windowMs, checks, now: Date.now() });
      const headers = { 'cache-control': 'private, no-store', 'referrer-policy': 'no-referrer' };
      const policy = { 'content-security-policy': `${REPORT_POLICY}; frame-ancestors 'none'` };
      return reply
        .headers({ ...headers, ...(format === 'html' ? policy : {}) })
        .type(MEDIA_TYPES[format])
        .serializer((text: string) => text)
        .send(writtenReport(report, format));
    },
  });
}

function boundedMs(window: string): number {
  const ms = durationMs(window);
  const { least, most } = WINDOW_LIMITS_MS;
  if (ms >= least && ms <= most) return ms;
  throw new Problem(400, 'Query parameter "window" must be from 1m to 31d.', { field: 'window' });
}
