/** How long a statement takes, or a look-up of one key, must stay within limits. */
import { Type, type Static } from 'typebox';
import type { Check } from '../core/check.ts';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { keyText, type Disagreement } from '../core/violation.ts';
import type { Reader, Side } from '../sources/source.ts';
import { planFindings } from './inspect.ts';
import type { CheckKind, Evaluated, Look, SideRows, SpecProblem } from './kind.ts';
import { ColumnEntry, toSide } from './sides.ts';

const strict = { additionalProperties: false } as const;
const Limit = (description: string) => Type.Optional(Type.String({ pattern: DURATION_PATTERN, description }));

const LookupEntry = Type.Object(
  {
    schema: Type.Optional(
      Type.String({ minLength: 1, description: 'Schema, when the table name holds a dot' }),
    ),
    table: Type.String({
      minLength: 1,
      description: 'Table or view; `schema.table` unless `schema` is given',
    }),
    where: Type.Optional(Type.String({ minLength: 1, description: 'SQL condition: only these rows' })),
    key: Type.Array(ColumnEntry, { minItems: 1, description: 'Columns by whose values rows are looked up' }),
  },
  { ...strict, description: 'Time the look-up of keys that are picked at random; or give query' },
);

const LatencySpec = Type.Object({
  source: Type.String({ minLength: 1, description: 'Name of a source' }),
  query: Type.Optional(
    Type.String({ minLength: 1, description: 'One SELECT to time, to its last row; or give lookup' }),
  ),
  lookup: Type.Optional(LookupEntry),
  samples: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000,
      description: 'How often to ask: 20 keys of a lookup, 3 times for a query, unless given',
    }),
  ),
  average: Limit('What the samples may take on average'),
  p95: Limit('What 95 of 100 samples may take'),
  worst: Limit('What any sample may take'),
});
type LatencyEntry = Static<typeof LatencySpec>;

const MEASURES = ['average', 'p95', 'worst'] as const;
type Measures = Readonly<Record<(typeof MEASURES)[number], number>>;

const SAMPLES = { lookup: 20, query: 3 } as const;

export const latency: CheckKind = {
  asks: 'database',
  measures: true,
  schema: LatencySpec,
  violationKinds: Object.fromEntries(MEASURES.map((measure) => [measure, 'make_faster'])),

  problems: (spec) => problems(spec as LatencyEntry),

  derive(spec) {
    const fields = { key: ['measure'], left: ['milliseconds'], right: ['limit_milliseconds'] };
    return { fields, sources: [(spec as LatencyEntry).source] };
  },

  async evaluate(check, look, onRow): Promise<Evaluated> {
    const times = await timesOf(check, look);
    const checked = MEASURES.filter((measure) => entryOf(check)[measure] !== undefined).length;
    const population = { left: null, right: null, empty: times.length === 0 };
    if (times.length === 0) return { ...population, checked: 0 };
    const measured = measures(times);
    for (const row of judge(check, measured)) onRow(row);
    return { ...population, checked, latencyMs: measured.p95, measuredMs: { ...measured } };
  },

  async recheck(check, look, rows) {
    const times = await timesOf(check, look);
    const wanted = new Set(rows.map((row) => keyText(row.key)));
    if (times.length === 0) return [];
    return judge(check, measures(times)).filter((row) => wanted.has(keyText(row.key)));
  },

  async rows(check, look): Promise<readonly SideRows[]> {
    const { source, lookup } = entryOf(check);
    const times = await timesOf(check, look);
    const table = lookup?.table ?? 'the statement';
    const rows = times.length === 0 ? [] : [{ samples: times.length, ...rounded(measures(times)) }];
    return [{ side: null, source, table, rows }];
  },

  explain: (check, look) =>
    withReader(check, look, (reader) => {
      const { query, lookup } = entryOf(check);
      return reader.explain(lookup ? { lookup: sideOf(lookup) } : { sql: query ?? '' });
    }),

  async inspect(check, look) {
    const times = await timesOf(check, look);
    const plans = (await latency.explain(check, look)).flatMap(planFindings);
    if (times.length === 0)
      return [{ level: 'warning', message: 'there is no key to look up, so nothing can be told' }, ...plans];
    const told = Object.entries(rounded(measures(times))).map(([name, ms]) => `${name} ${String(ms)} ms`);
    return [{ level: 'ok', message: `${String(times.length)} samples now: ${told.join(', ')}` }, ...plans];
  },
};

function entryOf({ spec }: Check): LatencyEntry {
  return spec as LatencyEntry;
}

function sideOf(lookup: NonNullable<LatencyEntry['lookup']>): Side {
  const raw = { source: '', ...lookup };
  return toSide(raw, raw);
}

function withReader<T>(check: Check, look: Look, body: (reader: Reader) => Promise<T>): Promise<T> {
  return look.source(entryOf(check).source).look(look, body);
}

function timesOf(check: Check, look: Look): Promise<readonly number[]> {
  const { query, lookup, samples } = entryOf(check);
  return withReader(check, look, (reader) =>
    lookup
      ? reader.lookupTimes(sideOf(lookup), samples ?? SAMPLES.lookup)
      : reader.statementTimes(query ?? '', samples ?? SAMPLES.query),
  );
}

/** Of at least one sample; p95 is the smallest that at least 95 of 100 do not exceed. */
function measures(times: readonly number[]): Measures {
  const sorted = [...times].sort((a, b) => a - b);
  const worst = sorted.at(-1) ?? 0;
  return {
    average: times.reduce((sum, ms) => sum + ms, 0) / times.length,
    p95: sorted[Math.ceil(sorted.length * 0.95) - 1] ?? worst,
    worst,
  };
}

function judge(check: Check, measured: Measures): Disagreement[] {
  return MEASURES.flatMap((measure): Disagreement[] => {
    const limit = entryOf(check)[measure];
    if (limit === undefined || measured[measure] <= durationMs(limit)) return [];
    const found = rounded(measured)[measure];
    return [{ kind: measure, key: [measure], left: [found], right: [durationMs(limit)] }];
  });
}

function rounded(measured: Measures): Measures {
  const round = (ms: number): number => Math.ceil(ms * 100) / 100;
  return { average: round(measured.average), p95: round(measured.p95), worst: round(measured.worst) };
}

function problems(entry: LatencyEntry): SpecProblem[] {
  const found: SpecProblem[] = [];
  const { query, lookup } = entry;
  if ((query === undefined) === (lookup === undefined)) {
    const message = query === undefined ? 'has neither query nor lookup' : 'has both query and lookup';
    found.push({ path: [], message, fix: query === undefined ? 'Add one of them' : 'Keep one of them' });
  }
  if (MEASURES.every((measure) => entry[measure] === undefined)) {
    const message = 'has no limit, so nothing could be too slow';
    found.push({ path: [], message, fix: 'Add average, p95 or worst, such as p95: 500ms' });
  }
  return found;
}
