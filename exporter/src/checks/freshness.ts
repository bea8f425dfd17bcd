/** The newest row of a table must not be too old, and enough rows must be young. */
import { Type, type Static } from 'typebox';
import type { Check } from '../core/check.ts';
import { DURATION_PATTERN, durationMs, humanDuration } from '../core/duration.ts';
import type { Value } from '../core/value.ts';
import { keyText, type Disagreement } from '../core/violation.ts';
import type { Reader, Recency, RecencyFacts } from '../sources/source.ts';
import { hide } from './comparison.ts';
import { planFindings } from './inspect.ts';
import type { CheckKind, Finding, Look, SideRows, SpecProblem } from './kind.ts';
import { ColumnEntry, labelOf, tableName, toColumn } from './sides.ts';

const strict = { additionalProperties: false } as const;
const Age = (description: string) => Type.String({ pattern: DURATION_PATTERN, description });

const FreshnessSpec = Type.Object({
  source: Type.String({ minLength: 1, description: 'Name of a source' }),
  schema: Type.Optional(
    Type.String({ minLength: 1, description: 'Schema, when the table name holds a dot' }),
  ),
  table: Type.String({ minLength: 1, description: 'Table or view; `schema.table` unless `schema` is given' }),
  where: Type.Optional(Type.String({ minLength: 1, description: 'SQL condition: only these rows' })),
  column: ColumnEntry,
  maxAge: Age('The newest row may be this old'),
  minimum: Type.Optional(
    Type.Object(
      {
        count: Type.Integer({ minimum: 1, description: 'At least so many rows' }),
        within: Age('must be at most this old'),
      },
      { ...strict, description: 'How many rows must be young' },
    ),
  ),
  redact: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description: 'The column, when not even the newest of its instants may leave the source',
    }),
  ),
});
type FreshnessEntry = Static<typeof FreshnessSpec>;

export const freshness: CheckKind = {
  asks: 'database',
  measures: true,
  schema: FreshnessSpec,
  violationKinds: { stale: 'resume_writing', too_few: 'resume_writing' },

  problems({ column, redact = [] }: FreshnessEntry): SpecProblem[] {
    const label = labelOf(column);
    return redact.flatMap((name, i): SpecProblem[] =>
      name === label
        ? []
        : [{ path: ['redact', i], message: `the check reads no column "${name}"`, fix: `Use ${label}` }],
    );
  },

  derive(spec) {
    const fields = { key: ['measure'], left: ['found'], right: ['expected'] };
    return { fields, sources: [(spec as FreshnessEntry).source] };
  },

  async evaluate(check, look, onRow) {
    const facts = await factsOf(check, look);
    for (const row of judge(check, facts)) onRow(row);
    const checked = entryOf(check).minimum ? 2 : 1;
    const { now, newest } = facts;
    const measuredMs: Record<string, number> = newest === null ? {} : { age: now - newest };
    return { checked, left: null, right: null, empty: false, measuredMs };
  },

  async recheck(check, look, rows) {
    const wanted = new Set(rows.map((row) => keyText(row.key)));
    return judge(check, await factsOf(check, look)).filter((row) => wanted.has(keyText(row.key)));
  },

  async rows(check, look): Promise<readonly SideRows[]> {
    const { source, table } = entryOf(check);
    const { now, newest, recent } = await factsOf(check, look);
    const counted = recent === null ? {} : { count: recent };
    const row = { newest: shown(check, newest), clock: instant(now), ...counted };
    return [{ side: null, source, table, rows: [row] }];
  },

  explain: (check, look) =>
    withReader(check, look, (reader) => reader.explain({ recency: recencyOf(check) })),

  async inspect(check, look) {
    const facts = await factsOf(check, look);
    const plans = (await freshness.explain(check, look)).flatMap(planFindings);
    return [...factFindings(facts), ...plans];
  },
};

function entryOf({ spec }: Check): FreshnessEntry {
  return spec as FreshnessEntry;
}

function withReader<T>(check: Check, look: Look, body: (reader: Reader) => Promise<T>): Promise<T> {
  return look.source(entryOf(check).source).look(look, body);
}

function factsOf(check: Check, look: Look): Promise<RecencyFacts> {
  return withReader(check, look, (reader) => reader.recency(recencyOf(check)));
}

function recencyOf(check: Check): Recency {
  const { where, column, minimum, ...named } = entryOf(check);
  return {
    ...tableName(named),
    where: where ?? null,
    column: toColumn(column, []),
    withinMs: minimum ? durationMs(minimum.within) : null,
  };
}

/** A row that is too old by less than a millisecond is not: instants come in whole ones. */
function judge(check: Check, { now, newest, recent }: RecencyFacts): Disagreement[] {
  const { maxAge, minimum } = entryOf(check);
  const stale: Disagreement = {
    kind: 'stale',
    key: ['newest'],
    left: [shown(check, newest)],
    right: [`at most ${maxAge} old`],
  };
  const tooFew = (count: number, within: string): Disagreement => ({
    kind: 'too_few',
    key: ['count'],
    left: [recent],
    right: [`at least ${String(count)} within ${within}`],
  });
  return [
    ...(newest === null || now - newest > durationMs(maxAge) ? [stale] : []),
    ...(minimum && (recent ?? 0) < minimum.count ? [tooFew(minimum.count, minimum.within)] : []),
  ];
}

function shown(check: Check, newest: number | null): Value {
  const { column, redact = [] } = entryOf(check);
  return hide(newest === null ? null : instant(newest), redact.includes(labelOf(column)));
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function factFindings({ now, newest, recent }: RecencyFacts): Finding[] {
  const counted = recent === null ? '' : `; young enough to count: ${String(recent)}`;
  return newest === null
    ? [{ level: 'warning', message: 'no row has an instant up to now, which is a violation (stale)' }]
    : [{ level: 'ok', message: `the newest row is ${humanDuration(now - newest)} old${counted}` }];
}
