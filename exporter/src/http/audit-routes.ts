/** Who read rows or acted, newest first. */
import { AuditPage } from './api-schemas.ts';
import { iso } from './check-documents.ts';
import type { Lockstep } from './lockstep.ts';
import { answers, audit, type Server } from './route.ts';
import { Paging } from './run-routes.ts';

export function auditRoutes(api: Server, lockstep: Lockstep): void {
  api.route({
    method: 'GET',
    url: '/api/v1/audit',
    config: { role: 'admin' },
    schema: {
      tags: ['audit'],
      summary: 'The audit trail, newest first',
      querystring: Paging,
      response: answers(AuditPage),
    },
    handler: async (request) => {
      const { limit, cursor } = request.query;
      await audit(lockstep, request, { action: 'audit.read', subject: '*' });
      const { rows, nextCursor } = await lockstep.store.auditTrail(limit, cursor);
      return {
        rows: rows.map(({ at, actor, action, subject, details }) => ({
          ...{ at: iso(at), actor, action, subject, details: { ...details } },
        })),
        next_cursor: nextCursor,
      };
    },
  });
}
