import type { Baseline } from '../core/baseline.ts';
import type { Disagreement } from '../core/violation.ts';
import { checkNamed } from '../../../tests/served-lockstep.ts';
import { baselineFiles } from './baseline-files.ts';

const AT = Date.UTC(2026, 0, 31, 23, 59, 59);
const check = checkNamed('progress_license', { description: 'Levels agree', owner: 'Licensing' });

function baselineOf(change: Partial<Baseline> = {}): Baseline {
  return {
    ...{ id: 'b-1', check: 'progress_license', name: 'before the move', note: 'first | look', createdAt: AT },
    ...{ createdBy: 'ops', current: true, runId: 'r-1', runAt: AT - 60_000, checked: 1_000, consistent: 969 },
    ...{ inconsistent: 31, counts: { mismatch: 30, missing_right: 1 }, capped: false },
    ...change,
  };
}

function row(user: string, left: string | null, right: string | null): Disagreement & { id: string } {
  const kind = right === null ? 'missing_right' : 'mismatch';
  return {
    id: `v-${user}`,
    kind,
    key: [user, 'COACH'],
    left: [left],
    right: right === null ? null : [right],
  };
}

const ROWS = [
  ...Array.from({ length: 30 }, (_, i) => row(String(i), '3', i < 20 ? '5' : '2')),
  row('a | b\n<script>', '1', null),
];

function textOf(name: string | RegExp, baseline = baselineOf(), rows = ROWS): string {
  const file = baselineFiles(baseline, rows, check).find((one) => (typeof name === 'string' ? one.name === name : name.test(one.name))); // prettier-ignore
  return file?.text ?? '';
}

test('there are four files, the numbers named by the time of the baseline', () => {
  expect(baselineFiles(baselineOf(), ROWS, check).map(({ name }) => name)).toEqual([
    'baseline_20260131_235959.json',
    'BASELINE_README.md',
    'baseline_violations.json',
    'KNOWN_VIOLATIONS.md',
  ]);
});

test('the numbers are exact, with the thresholds and the status that follows', () => {
  expect(JSON.parse(textOf(/^baseline_2/))).toMatchObject({
    ...{
      checked: 1_000,
      consistent: 969,
      inconsistent: 31,
      consistency_ratio: 0.969,
      consistency_rate: 96.9,
    },
    ...{ status: 'degraded', thresholds: { healthy: 0.99, degraded: 0.95 } },
    followed: {
      total: 31,
      by_kind: { mismatch: 30, missing_right: 1 },
      by_difference: { '+2': 20, '-1': 10 },
    },
  });
});

test('every row that is followed is in the JSON file, by the names of the check', () => {
  const { violations } = JSON.parse(textOf('baseline_violations.json')) as { violations: unknown[] };
  expect(violations).toHaveLength(31);
  expect(violations[0]).toEqual({
    ...{ id: 'v-0', kind: 'mismatch', user_id: '0', specialization: 'COACH', progress_level: '3' },
    ...{ license_level: '5', recommended_action: 'sync_required' },
  });
});

test('violations are summed up by kind, by difference and by each key field', () => {
  const text = textOf('KNOWN_VIOLATIONS.md');
  expect(text).toContain('| mismatch | 30 | 96.77 % | sync\\_required |');
  expect(text).toContain('| +2 | 20 | 64.52 % |');
  expect(text).toContain('| COACH | 31 | 100.00 % |');
  expect(text).toContain('31 different values; the 20 with the most violations.');
  expect(text).toContain('All 31.');
});

test('what a row holds stays text in Markdown', () => {
  const text = textOf('KNOWN_VIOLATIONS.md');
  expect(text).toContain('a \\| b \\<script\\>');
  expect(text).not.toMatch(/(?<!\\)<script/);
});

test('a long list says how long it is', () => {
  const many = Array.from({ length: 150 }, (_, i) => row(String(i), '1', '2'));
  const capped = baselineOf({ inconsistent: 9_000, consistent: 1_000, checked: 10_000, capped: true });
  const text = textOf('KNOWN_VIOLATIONS.md', capped, many);
  expect(text).toContain('The first 100 of 150');
  expect(text).toContain('**9,000 were counted, 150 are followed row by row**');
});

test('the page says what the numbers mean, what to do, and whom to call below which rate', () => {
  const text = textOf('BASELINE_README.md');
  for (const part of ['Totals', 'Thresholds', 'What it means', 'Next steps', 'Escalation', 'Files'])
    expect(text).toContain(`\n## ${part}\n`);
  expect(text).toContain('| Consistency rate (rounded down) | 96.90 % |');
  expect(text).toContain('31 keys of 1,000 disagreed, which is more than the thresholds call healthy.');
  expect(text).toContain('The owner of these rows is Licensing.');
  expect(text).toContain('more than 2 points below this baseline (a rate below 94.90 %)');
  expect(text).toContain('> first \\| look');
});

test.each([
  [
    'every key agreed',
    { consistent: 1_000, inconsistent: 0, counts: {} },
    /Every key agreed/,
    /\*\*healthy\*\*/,
  ],
  ['it was critical', { consistent: 900, inconsistent: 100 }, /which is critical/, /\*\*critical\*\*/],
  [
    'nothing was checked',
    { checked: 0, consistent: 0, inconsistent: 0 },
    /not the same as consistent/,
    /\*\*unknown\*\*/,
  ],
])('when %s, the page says so', (_when, change, meaning, status) => {
  const text = textOf('BASELINE_README.md', baselineOf(change), []);
  expect(text).toMatch(meaning);
  expect(text).toMatch(status);
  expect(text).not.toMatch(/undefined|NaN|null|TODO|TBD|\{\{/);
});
