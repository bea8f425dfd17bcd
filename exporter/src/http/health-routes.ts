/** The five health documents. All need the role admin, because they hold rows or stand beside those that do. */
import { Type } from 'typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CachedDocument, sendRendition, type Rendition, type ShownRows } from './cached-document.ts';
import { checkNow } from './check-now.ts';
import {
  hasReport,
  leader,
  metricsEntry,
  reportEntry,
  statusEntry,
  violationsEntry,
} from './health-documents.ts';
import { CheckNow, HealthMetrics, HealthReport, HealthStatus, HealthViolations } from './health-schemas.ts';
import type { Lockstep } from './lockstep.ts';
import { OpenViolations } from './open-violations.ts';
import { Problem } from './problem.ts';
import { answers, audit, auditRows, stateOf, type Server } from './route.ts';
import type { CheckState } from '../runner/board.ts';

const Which = Type.Object(
  { check: Type.Optional(Type.String({ description: 'One check; without it the worst status leads' })) },
  { additionalProperties: false },
);

interface Health {
  readonly name: string;
  readonly summary: string;
  /** the document, and the check whose open violations it lists; null when it lists none */
  readonly tell: (states: readonly CheckState[]) => {
    readonly head: object;
    readonly rowsOf: CheckState | undefined | null;
  };
}

const STATUS: Health = {
  name: 'status',
  summary: 'Status, rate and open violations',
  tell: (states) => {
    const first = leader(states);
    return { head: { ...statusEntry(first), checks: states.map(statusEntry) }, rowsOf: first };
  },
};

const REPORT: Health = {
  name: 'latest-report',
  summary: 'Counts and open violations as of the newest run that could look; 404 before there is one',
  tell: (states) => {
    const reported = states.filter(hasReport);
    const first = leader(reported);
    if (!first)
      throw new Problem(404, 'No run has been able to look yet. POST /api/v1/health/check-now starts one.');
    return { head: { ...reportEntry(first), checks: reported.map(reportEntry) }, rowsOf: first };
  },
};

const VIOLATIONS: Health = {
  name: 'violations',
  summary: 'Open violations',
  tell: (states) => {
    const first = leader(states);
    return { head: { ...violationsEntry(first), checks: states.map(violationsEntry) }, rowsOf: first };
  },
};

const METRICS: Health = {
  name: 'metrics',
  summary: 'The figures of a check as JSON',
  tell: (states) => ({
    head: { ...metricsEntry(leader(states)), checks: states.map(metricsEntry) },
    rowsOf: null,
  }),
};

export function healthRoutes(api: Server, lockstep: Lockstep): void {
  const documents = new HealthDocuments(lockstep);
  const config = { role: 'admin' } as const;
  const schemas = [
    [STATUS, HealthStatus],
    [REPORT, HealthReport],
    [VIOLATIONS, HealthViolations],
    [METRICS, HealthMetrics],
  ] as const;
  for (const [health, document] of schemas) {
    api.route({
      method: 'GET',
      url: `/api/v1/health/${health.name}`,
      config: { ...config, compress: false },
      schema: { tags: ['health'], summary: health.summary, querystring: Which, response: answers(document) },
      handler: async (request, reply) => documents.send(health, request.query.check, request, reply),
    });
  }
  const Options = Type.Object(
    {
      ...Which.properties,
      dry_run: Type.Boolean({ default: false, description: 'Look and change nothing' }),
    },
    { additionalProperties: false },
  );
  api.route({
    method: 'POST',
    url: '/api/v1/health/check-now',
    config,
    schema: {
      tags: ['health'],
      summary: 'Run now and wait',
      querystring: Options,
      response: answers(CheckNow),
    },
    handler: async (request) => {
      const { check, dry_run: dryRun } = request.query;
      const enabled = () => lockstep.board.states().filter((state) => state.check.enabled);
      const states = check === undefined ? enabled() : [stateOf(lockstep, check)];
      await audit(lockstep, request, {
        action: 'check.run',
        subject: check ?? '*',
        details: { dry_run: dryRun },
      });
      return checkNow(lockstep, states, dryRun, (finished) => auditRows(lockstep, request, finished));
    },
  });
}

/** Beyond this many, who was noted longest ago is forgotten, and noted with every row when he comes again. */
const READERS = 1_000;

/** Dashboards poll these; each is rendered once per change of the board and kept. */
class HealthDocuments {
  readonly #lockstep: Lockstep;
  readonly #rows: OpenViolations;
  readonly #documents = new Map<string, CachedDocument>();
  /** who and document → the rows that he saw last */
  readonly #seen = new Map<string, ShownRows>();

  constructor(lockstep: Lockstep) {
    this.#lockstep = lockstep;
    this.#rows = new OpenViolations(lockstep.store);
  }

  async send(
    health: Health,
    check: string | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (check !== undefined) stateOf(this.#lockstep, check);
    const rendition = await this.#document(health, check).current();
    await this.#note(health, check, rendition, request);
    return sendRendition(request, reply, rendition, 'Authorization');
  }

  /** Dashboards ask every few seconds; who has seen a row as it is already learns nothing from it. */
  async #note(
    health: Health,
    check: string | undefined,
    { shown }: Rendition,
    request: FastifyRequest,
  ): Promise<void> {
    if (!shown) return;
    const reader = `${request.actor?.name ?? ''} ${nameOf(health, check)}`;
    const seen = this.#seen.get(reader);
    if (seen === shown) return;
    const ids = [...shown].filter(([id, digest]) => seen?.get(id) !== digest).map(([id]) => id);
    const act = { action: `health.${health.name}.read`, subject: check ?? '*', details: { ids } };
    if (ids.length > 0) await audit(this.#lockstep, request, act);
    this.#seen.delete(reader);
    this.#seen.set(reader, shown);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > READERS && oldest !== undefined) this.#seen.delete(oldest);
  }

  #document(health: Health, check: string | undefined): CachedDocument {
    const name = nameOf(health, check);
    const { board } = this.#lockstep;
    // Reloads may have renamed checks; what nobody can ask for any more need not be kept.
    if (this.#documents.size > 4 * (board.states().length + 1)) this.#documents.clear();
    let document = this.#documents.get(name);
    if (!document) {
      document = new CachedDocument({
        version: () => board.version,
        render: () => this.#render(health, check),
      });
      this.#documents.set(name, document);
    }
    return document;
  }

  async #render(
    health: Health,
    check: string | undefined,
  ): Promise<{ body: string; contentType: string; shown?: ShownRows }> {
    const states = this.#lockstep.board
      .states()
      .filter((state) => check === undefined || state.check.name === check);
    const { head, rowsOf } = health.tell(states);
    const body = JSON.stringify(head);
    const contentType = 'application/json; charset=utf-8';
    if (rowsOf === null) return { body, contentType };
    // The rows are text already: thousands of them are turned to JSON once per run, not once per document.
    const { json, shown } = await this.#rows.of(rowsOf);
    return { body: `${body.slice(0, -1)},"violations":${json}}`, contentType, shown };
  }
}

function nameOf(health: Health, check: string | undefined): string {
  return `${health.name} ${check ?? ''}`;
}
