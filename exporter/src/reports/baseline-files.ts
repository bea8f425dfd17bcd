/** A baseline as files for whoever keeps it beside the code: numbers, rows, and what they mean. Pure. */
import { partOf, type Baseline, type Part } from '../core/baseline.ts';
import type { Check } from '../core/check.ts';
import { consistencyRate, consistencyRatio } from '../core/status.ts';
import type { Value } from '../core/value.ts';
import type { Disagreement } from '../core/violation.ts';
import { toRow } from '../core/violation-row.ts';
import { baselineReadme, baselineStatus } from './baseline-readme.ts';
import { count, fileTime, moment, share } from './figures.ts';
import { code, plain, table } from './markdown-text.ts';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

type Row = Disagreement & { readonly id: string };

/** Of a list by key field or of rows; the JSON file has every one that is followed. */
const SHOWN = { values: 20, rows: 100 } as const;

/** @param rows the violations that the baseline remembers */
export function baselineFiles(baseline: Baseline, rows: readonly Row[], check: Check): readonly NamedText[] {
  const part = partOf(rows);
  return [
    { name: `baseline_${fileTime(baseline.createdAt)}.json`, text: json(numbers(baseline, part, check)) },
    { name: 'BASELINE_README.md', text: baselineReadme(baseline, part, check) },
    { name: 'baseline_violations.json', text: json(violations(baseline, rows, check)) },
    { name: 'KNOWN_VIOLATIONS.md', text: knownViolations(baseline, part, check) },
  ];
}

function json(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function numbers(baseline: Baseline, { rows, byKind, byDifference }: Part<Row>, check: Check) {
  const { id, name, note, createdAt, createdBy, runId, runAt, counts, capped } = baseline;
  const { checked, consistent, inconsistent } = baseline;
  return {
    ...{ id, check: check.name, name, note },
    created_at: new Date(createdAt).toISOString(),
    created_by: createdBy,
    run_id: runId,
    run_at: new Date(runAt).toISOString(),
    ...{ checked, consistent, inconsistent },
    consistency_ratio: consistencyRatio(checked, consistent),
    consistency_rate: consistencyRate(checked, consistent),
    thresholds: check.thresholds,
    status: baselineStatus(baseline, check),
    ...{ counts, capped },
    followed: { total: rows.length, by_kind: byKind, by_difference: byDifference },
  };
}

function violations({ id, capped, inconsistent }: Baseline, rows: readonly Row[], check: Check) {
  return {
    ...{ baseline: id, check: check.name, inconsistent, followed: rows.length, capped },
    violations: rows.map((row) => ({ id: row.id, kind: row.kind, ...toRow(row, check) })),
  };
}

function knownViolations(baseline: Baseline, part: Part<Row>, check: Check): string {
  const { name, runAt, inconsistent, capped } = baseline;
  const head = [
    `# ${plain(check.name)}: violations at the baseline “${plain(name)}”`,
    `What disagreed when the run of ${moment(runAt)} looked, and so is older than the baseline. What ${code(`lockstep baseline compare ${check.name}`)} calls new is not among them.`,
  ];
  if (inconsistent === 0) return `${[...head, 'No key disagreed.'].join('\n\n')}\n`;
  const { length } = part.rows;
  const sections = [
    ...head,
    capped
      ? `**${count(inconsistent)} were counted, ${count(length)} are followed row by row** (${code('maxViolations')}); the lists below are of those.`
      : `${count(inconsistent)} in all.`,
    '## By kind',
    byCount('kind', part.byKind, length, (kind) => plain(check.recommendedActions[kind] ?? 'none is named')),
    '## By difference',
    `Right minus left of the first value that is compared; the kind where that is no number.`,
    byCount('difference', part.byDifference, length),
    ...check.fields.key.flatMap((field, i) => byKeyField(field, part.rows.map(({ key }) => key[i] ?? null))), // prettier-ignore
    '## Rows',
    length > SHOWN.rows
      ? `The first ${count(SHOWN.rows)} of ${count(length)}; ${code('baseline_violations.json')} has them all.`
      : `All ${count(length)}.`,
    rowTable(part.rows.slice(0, SHOWN.rows), check),
    '## To accept some of them',
    `A violation that may stay for a while is marked as known, with a reason and a day: ${code('known:')} of the check in the configuration, or ${code('POST /api/v1/violations/known')}. It leaves the alerts and still counts in the ratio.`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function byCount(
  title: string,
  counts: Readonly<Record<string, number>>,
  whole: number,
  remedy?: (name: string) => string,
): string {
  const rows = Object.entries(counts)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([name, n]) => [plain(name), count(n), share(n, whole), ...(remedy ? [remedy(name)] : [])]);
  return table([title, 'violations', 'share', ...(remedy ? ['recommended action'] : [])], rows, 'lrrl');
}

function byKeyField(field: string, values: readonly Value[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(shown(value), (counts.get(shown(value)) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const rows = sorted.slice(0, SHOWN.values).map(([value, n]) => [plain(value), count(n), share(n, values.length)]); // prettier-ignore
  const more = sorted.length - rows.length;
  return [
    `## By ${code(field)}`,
    `${count(sorted.length)} different value${sorted.length === 1 ? '' : 's'}${more > 0 ? `; the ${count(rows.length)} with the most violations` : ''}.`,
    table([code(field), 'violations', 'share'], rows, 'lrr'),
  ];
}

function rowTable(rows: readonly Row[], check: Check): string {
  const { key, left, right } = check.fields;
  const names = [...key, ...left, ...right];
  return table(
    ['kind', ...names.map(code)],
    rows.map((row) => {
      const values = toRow(row, check);
      return [plain(row.kind), ...names.map((name) => plain(shown(values[name] ?? null)))];
    }),
  );
}

function shown(value: Value): string {
  return value === null ? 'NULL' : String(value);
}
