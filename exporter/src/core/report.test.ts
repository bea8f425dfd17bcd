import type { Baseline } from './baseline.ts';
import { reportOf, type CheckFacts } from './report.ts';
import type { ReportPoint } from './report-trend.ts';

const HOUR = 3_600_000;
const TO = Date.UTC(2026, 5, 15, 12);
const WINDOW = { from: TO - 72 * HOUR, to: TO };

function point(
  hoursAgo: number,
  inconsistent: number | null,
  change: Partial<ReportPoint> = {},
): ReportPoint {
  const ratio = inconsistent === null ? null : (1_000 - inconsistent) / 1_000;
  return {
    ...{ at: TO - hoursAgo * HOUR, span: 'run', runs: 1, errors: inconsistent === null ? 1 : 0 },
    ...{ checked: inconsistent === null ? null : 1_000, inconsistent, minRatio: ratio, maxRatio: ratio },
    ...{ opened: 0, resolved: 0, ...change },
  };
}

function hourly(inconsistent: number): ReportPoint[] {
  return Array.from({ length: 72 }, (_, i) => point(71 - i, inconsistent));
}

function result(inconsistent: number): CheckFacts['result'] {
  const counts = { mismatch: inconsistent };
  return {
    checked: 1_000,
    consistent: 1_000 - inconsistent,
    inconsistent,
    counts,
    capped: false,
    empty: false,
  };
}

function factsOf(change: Partial<CheckFacts> = {}): CheckFacts {
  return {
    ...{ name: 'pairs', description: null, enabled: true, thresholds: { healthy: 0.99, degraded: 0.95 } },
    ...{ status: 'healthy', held: false, attemptedAt: TO, lookedAt: TO, watchedSince: TO - 1_000 * HOUR },
    ...{ points: hourly(2), result: result(2), open: 2, known: 0, knownByKind: {}, oldestOpenAt: TO - HOUR },
    ...{ resolutions: { ms: [], capped: false }, slowest: [], intervalMs: HOUR, baseline: null },
    schedule: { since: WINDOW.from, until: TO, expected: 72, ran: 72, failed: 0 },
    ...change,
  };
}

function reported(change: Partial<CheckFacts> = {}) {
  const [check] = reportOf('stabilization', WINDOW, [factsOf(change)]).checks;
  if (!check) throw new Error('no check');
  return check;
}

function baseline(inconsistent: number): Baseline {
  return {
    ...{ id: 'b', check: 'pairs', name: 'then', note: null, createdAt: TO, createdBy: 'ops', current: true },
    ...{ runId: 'r', runAt: TO, checked: 1_000, consistent: 1_000 - inconsistent, inconsistent },
    ...{ counts: {}, capped: false },
  };
}

const kept = { since: WINDOW.from, until: TO, expected: 100, ran: 100, failed: 0 };

test.each<[string, Partial<CheckFacts>, string, string]>([
  ['99 % and more, stable and running', {}, 'proceed', ''],
  ['exactly 99 %', { points: hourly(10), result: result(10) }, 'proceed', ''],
  ['just below 99 %', { points: hourly(11), result: result(11) }, 'investigate', 'average now'],
  ['exactly 95 %', { points: hourly(50), result: result(50) }, 'investigate', 'average now'],
  ['just below 95 %', { points: hourly(51), result: result(51) }, 'fix_first', 'average now'],
  ['good on average, bad now', { result: result(30) }, 'investigate', 'now'],
  ['good now, bad on average', { points: hourly(60) }, 'fix_first', 'average'],
  ['good, but not stable', { points: [...hourly(0), point(0, 21)] }, 'investigate', 'spread'],
  ['a spread of exactly 2 points', { points: [...hourly(0), point(0, 20)] }, 'proceed', ''],
  ['2 points below the baseline', { points: hourly(20), result: result(20), thresholds: { healthy: 0.9, degraded: 0.8 }, baseline: baseline(0) }, 'proceed', ''], // prettier-ignore
  ['more than that below the baseline', { points: hourly(21), result: result(21), thresholds: { healthy: 0.9, degraded: 0.8 }, baseline: baseline(0) }, 'investigate', 'baseline'], // prettier-ignore
  ['far above the baseline', { baseline: baseline(500) }, 'proceed', ''],
  ['one run of a hundred missing', { schedule: { ...kept, ran: 99 } }, 'proceed', ''],
  ['two runs of a hundred missing', { schedule: { ...kept, ran: 98 } }, 'fix_first', 'schedule'],
  ['two runs of a hundred could not look', { schedule: { ...kept, failed: 2 } }, 'fix_first', 'schedule'],
  ['no run was due', { schedule: { ...kept, expected: 0, ran: 0 } }, 'proceed', ''],
  ['the newest run could not look', { held: true, status: 'unknown' }, 'investigate', 'held'],
  ['an empty side', { status: 'unknown' }, 'investigate', 'empty'],
  ['watched for a part of the window only', { watchedSince: TO - 40 * HOUR }, 'unknown', 'coverage'],
  ['never run', { points: [], result: null, lookedAt: null, watchedSince: null, status: 'unknown', schedule: null }, 'unknown', 'average coverage'], // prettier-ignore
  ['never run although due', { points: [], result: null, lookedAt: null, watchedSince: null, status: 'unknown', schedule: { ...kept, ran: 0 } }, 'fix_first', 'average schedule coverage'], // prettier-ignore
  ['a check with a lower bar of its own', { points: hourly(40), result: result(40), thresholds: { healthy: 0.96, degraded: 0.9 } }, 'proceed', ''], // prettier-ignore
])('%s: the decision and what it comes from', (_title, change, decision, against) => {
  const check = reported(change);
  expect(check.decision).toBe(decision);
  const reasons = check.reasons.filter((reason) => reason.decision !== 'proceed');
  expect(reasons.map(({ subject }) => subject).join(' ')).toBe(against);
});

test('a disabled check is told, and takes no part in the decision', () => {
  const disabled = factsOf({ name: 'off', enabled: false, points: [], result: null, schedule: null });
  expect(reportOf('daily', WINDOW, [factsOf(), disabled])).toMatchObject({
    decision: 'proceed',
    checks: [{ decision: 'proceed' }, { decision: 'unknown', reasons: [{ subject: 'disabled' }] }],
  });
  expect(reportOf('daily', WINDOW, [disabled]).decision).toBe('unknown');
  expect(reportOf('daily', WINDOW, []).decision).toBe('unknown');
});

test('average, spread and deviation come from the runs that could look', () => {
  const check = reported({ points: [point(3, 0), point(2, null), point(1, 100)] });
  expect(check.ratios).toEqual({ average: 0.95, minimum: 0.9, maximum: 1, deviation: expect.closeTo(0.05, 12) as number, runs: 2 }); // prettier-ignore
  expect([check.runs, check.errors]).toEqual([3, 1]);
});

test('equal ratios have no deviation', () => {
  const { ratios } = reported({ points: Array.from({ length: 1_000 }, () => point(1, 3)) });
  expect(ratios).toMatchObject({ average: 0.997, deviation: 0 });
});

test('a day of which only sums are left counts once for each of its runs that could look', () => {
  const day = point(50, 100, { span: 'day', runs: 11, errors: 1, minRatio: 0.8, maxRatio: 0.95 });
  const { ratios } = reported({ points: [day, ...Array.from({ length: 10 }, () => point(1, 0))] });
  expect(ratios).toMatchObject({ average: expect.closeTo(0.95, 12) as number, minimum: 0.8, maximum: 1, runs: 20 }); // prettier-ignore
});

test('times to resolve are always ones that were measured', () => {
  const ms = Array.from({ length: 100 }, (_, i) => (100 - i) * 1_000);
  expect(reported({ resolutions: { ms, capped: false } }).resolution).toEqual({
    ...{ measured: 100, capped: false, median: 50_000, p95: 95_000, worst: 100_000 },
  });
  expect(reported({ resolutions: { ms: [7], capped: true } }).resolution).toMatchObject({ median: 7, p95: 7, worst: 7, capped: true }); // prettier-ignore
  expect(reported().resolution).toBeNull();
});

test('pieces of the window hold every run exactly once, and cover it without a gap', () => {
  const points = [point(72, 0, { opened: 2 }), point(36.5, 5), point(0, 9, { resolved: 1 }), point(80, 1, { span: 'day' })]; // prettier-ignore
  const runsOnly = points.filter(({ span }) => span === 'run');
  const every = [points, runsOnly].flatMap((some) => {
    const { trend, periods, runs } = reported({ points: some });
    return [trend, periods].map((pieces) => ({ pieces, runs }));
  });
  for (const { pieces, runs } of every) {
    expect(pieces.reduce((all, piece) => all + piece.runs, 0)).toBe(runs);
    expect(pieces[0]?.from).toBe(WINDOW.from);
    expect(pieces.at(-1)?.to).toBe(WINDOW.to);
    for (const [i, piece] of pieces.entries()) if (i > 0) expect(piece.from).toBe(pieces[i - 1]?.to);
  }
  expect(reported().trend).toHaveLength(72);
});

test('no piece is shorter than the time between two runs, so that a rare check shows no false gaps', () => {
  const { trend } = reported({ intervalMs: 6 * HOUR, points: Array.from({ length: 12 }, (_, i) => point(i * 6 + 1, 1)) }); // prettier-ignore
  expect(trend.every(({ runs }) => runs > 0)).toBe(true);
});
