/** Endpoints of a service answer as they should: with the status, the body, in the time and under a certificate that lasts. */
import { Type, type Static } from 'typebox';
import type { Check } from '../core/check.ts';
import { durationMs, humanDuration } from '../core/duration.ts';
import { SourceError, UserError } from '../core/errors.ts';
import { keyText, type Disagreement } from '../core/violation.ts';
import {
  daysLeft,
  Endpoint,
  endpointProblems,
  expectations,
  judge,
  nameOf,
  requestLine,
  type Answered,
} from './endpoint.ts';
import type { CheckKind, Evaluated, Finding, Look, SideRows, SpecProblem } from './kind.ts';

const HttpSpec = Type.Object({
  source: Type.String({ minLength: 1, description: 'Name of a source of engine http' }),
  endpoints: Type.Array(Endpoint, { minItems: 1, description: 'What to ask, one after the other' }),
  redact: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description: 'Names of endpoints of whose answers no value is ever kept or shown',
    }),
  ),
});
type HttpEntry = Static<typeof HttpSpec>;

export const http: CheckKind = {
  asks: 'service',
  measures: true,
  schema: HttpSpec,
  violationKinds: {
    unreachable: 'restore_service',
    status: 'restore_service',
    body: 'correct_answer',
    slow: 'make_faster',
    tls_expiry: 'renew_certificate',
  },

  problems: (spec) => problems(spec as HttpEntry),

  derive(spec) {
    const fields = { key: ['endpoint'], left: ['found'], right: ['expected'] };
    return { fields, sources: [(spec as HttpEntry).source] };
  },

  async evaluate(check, look, onRow): Promise<Evaluated> {
    requireTime(check);
    const all = await ask(check, look, entryOf(check).endpoints);
    for (const row of all.flatMap((one) => judged(check, one) ?? [])) onRow(row);
    const population = { checked: all.length, left: null, right: null, empty: false };
    const latencyMs = Math.max(...all.map(({ answer }) => answer.tookMs));
    return { ...population, latencyMs, measuredMs: measured(all) };
  },

  async recheck(check, look, rows) {
    const wanted = new Set(rows.map((row) => keyText(row.key)));
    const some = entryOf(check).endpoints.filter((endpoint) => wanted.has(keyText([nameOf(endpoint)])));
    return (await ask(check, look, some)).flatMap((one) => judged(check, one) ?? []);
  },

  async rows(check, look, key): Promise<readonly SideRows[]> {
    const text = keyText(key);
    const some = entryOf(check).endpoints.filter((endpoint) => keyText([nameOf(endpoint)]) === text);
    return (await ask(check, look, some)).map((one) => currentRow(check, one));
  },

  explain: (check) =>
    Promise.resolve(
      entryOf(check).endpoints.map((endpoint) => ({
        ...{ sql: requestLine(endpoint), plan: expectations(endpoint), advice: null },
        ...{ estimatedRows: null, estimatedCost: null, expectedMs: null },
      })),
    ),

  async inspect(check, look) {
    requireTime(check);
    const all = await ask(check, look, entryOf(check).endpoints);
    return all.map((one) => finding(check, one));
  },
};

function entryOf({ spec }: Check): HttpEntry {
  return spec as HttpEntry;
}

function judged(check: Check, one: Answered): Disagreement | null {
  return judge(one, (entryOf(check).redact ?? []).includes(nameOf(one.endpoint)));
}

/** One after the other, so that none is slow because of another; should all of them hang, each still gets its turn. */
async function ask(check: Check, look: Look, endpoints: readonly Endpoint[]): Promise<Answered[]> {
  const source = look.source(entryOf(check).source);
  if (!source.visit) throw new SourceError(source.name, 'it is no service: nothing can be requested of it');
  const share = shareOf(look.timeoutMs, endpoints.length);
  return source.visit(look, async (request) => {
    const all: Answered[] = [];
    for (const endpoint of endpoints) {
      const { method = 'GET', path, redirects = 0, login = true, timeout = '10s' } = endpoint;
      const timeoutMs = Math.min(durationMs(timeout), share);
      all.push({
        endpoint,
        answer: await request({ method, path, redirects, anonymous: !login, timeoutMs }),
      });
    }
    return all;
  });
}

/** How long one of several requests may take, in whole milliseconds, with as much for a log-in before them and a tenth to spare. */
function shareOf(timeoutMs: number, requests: number): number {
  return Math.max(1, Math.floor((timeoutMs * 0.9) / (requests + 1)));
}

function requireTime({ name, timeoutMs, spec }: Check): void {
  const { endpoints } = spec as HttpEntry;
  const share = shareOf(timeoutMs, endpoints.length);
  const slowest = endpoints.find(({ within }) => within !== undefined && durationMs(within) >= share);
  if (!slowest) return;
  throw new UserError(
    `check "${name}": its timeout leaves ${humanDuration(share)} to each endpoint, and "${nameOf(slowest)}" may take ${String(slowest.within)}; raise timeout`,
  );
}

function measured(all: readonly Answered[]): Record<string, number> {
  const answered = all.filter(({ answer }) => answer.failure === null);
  const certificates = answered.flatMap(({ answer }) => answer.certificateMs ?? []);
  return {
    ...(certificates.length === 0 ? {} : { certificate: Math.min(...certificates) }),
    ...Object.fromEntries(answered.map(({ endpoint, answer }) => [nameOf(endpoint), answer.tookMs])),
  };
}

function currentRow(check: Check, one: Answered): SideRows {
  const { endpoint, answer } = one;
  const { source } = entryOf(check);
  const wrong = judged(check, one);
  const days = daysLeft(answer);
  const row = {
    answer: answer.failure?.message ?? `status ${String(answer.status)}`,
    milliseconds: Math.ceil(answer.tookMs),
    ...(days === null ? {} : { certificate_days: days }),
    found: wrong?.left?.[0] ?? null,
    verdict: wrong?.kind ?? 'as it should be',
  };
  return { side: null, source, table: requestLine(endpoint), rows: [row] };
}

function finding(check: Check, one: Answered): Finding {
  const { endpoint, answer } = one;
  const days = daysLeft(answer);
  const certificate = days === null ? '' : `, certificate good for ${String(days)} days`;
  const what = answer.failure?.message ?? `status ${String(answer.status)}`;
  const told = `${requestLine(endpoint)}: ${what} in ${String(Math.ceil(answer.tookMs))} ms${certificate}`;
  const wrong = judged(check, one);
  if (wrong === null) return { level: 'ok', message: told };
  return { level: 'warning', message: `${told}, which is a violation (${wrong.kind})` };
}

function problems({ endpoints, redact = [] }: HttpEntry): SpecProblem[] {
  const names = endpoints.map(nameOf);
  return [
    ...endpoints.flatMap((endpoint, i) => endpointProblems(endpoint, i, names)),
    ...redact.flatMap((name, i): SpecProblem[] => {
      const fix = `Use one of: ${[...new Set(names)].join(', ')}`;
      return names.includes(name)
        ? []
        : [{ path: ['redact', i], message: `there is no endpoint "${name}"`, fix }];
    }),
  ];
}
