import { GATE_LIMITS, judge, type GateCheck, type GateFacts, type GateLimits } from './gate.ts';

const NOW = Date.UTC(2026, 5, 15, 12);
const MINUTE = 60_000;

function check(change: Partial<GateCheck> = {}): GateCheck {
  return {
    ...{ name: 'pairs', healthy: 0.99, ratio: 1, told: true, held: false, intervalMs: 5 * MINUTE },
    ...{ lookedAt: NOW - MINUTE, attemptedAt: NOW - MINUTE, drift: null, baseline: null, schedule: null },
    ...change,
  };
}

function facts(change: Partial<GateFacts> = {}): GateFacts {
  const requests = { since: NOW - 60 * MINUTE, total: 0, errors: 0, p95: null };
  return { from: NOW - 30 * MINUTE, to: NOW, checks: [check()], requests, ...change };
}

const of = (change: Partial<GateCheck>) => facts({ checks: [check(change)] });
const requests = (total: number, errors: number, p95: number | null = null) =>
  facts({ requests: { since: NOW - 60 * MINUTE, total, errors, p95 } });
const kept = (ran: number, failed: number, expected: number) => {
  const missed = Math.max(0, expected - ran);
  const successRatio = (ran - failed) / expected;
  return of({ schedule: { since: 0, until: NOW, expected, ran, failed, missed, successRatio } });
};

function decisions(given: GateFacts, limits: GateLimits = GATE_LIMITS): string[] {
  const { decision, reasons } = judge(given, limits);
  const against = reasons.filter((reason) => reason.decision !== 'proceed');
  return [
    decision,
    ...against.map(({ signal, check: name }) => (name === null ? signal : `${name} ${signal}`)),
  ];
}

test.each<[string, GateFacts, string[]]>([
  ['everything agrees', facts(), ['proceed']],
  ['consistency at what the check calls healthy', of({ ratio: 0.99 }), ['proceed']],
  ['consistency just below it', of({ ratio: 0.989_999 }), ['investigate', 'pairs consistency']],
  ['consistency at 98 %', of({ ratio: 0.98 }), ['investigate', 'pairs consistency']],
  ['98 % after a division', of({ ratio: 49 / 50 }), ['investigate', 'pairs consistency']],
  ['consistency just below 98 %', of({ ratio: 0.979_999 }), ['rollback', 'pairs consistency']],
  ['drift of nothing', of({ drift: 0 }), ['proceed']],
  ['drift upwards', of({ drift: 0.5 }), ['proceed']],
  ['drift of −2 points', of({ drift: 0.97 - 0.99 }), ['proceed']],
  ['drift just beyond −2 points', of({ drift: -0.020_001 }), ['investigate', 'pairs drift']],
  ['drift of −5 points', of({ drift: 0.94 - 0.99 }), ['investigate', 'pairs drift']],
  ['drift just beyond −5 points', of({ drift: -0.050_001 }), ['rollback', 'pairs drift']],
  ['99 of 100 scheduled runs', kept(100, 1, 100), ['proceed']],
  ['98 of 100 scheduled runs', kept(100, 2, 100), ['rollback', 'pairs schedule']],
  ['one tick of six without a run', kept(5, 0, 6), ['rollback', 'pairs schedule']],
  ['no scheduled run was due', of({ schedule: null }), ['proceed']],
  ['no request at all', requests(0, 0), ['proceed']],
  ['1 error in 100 requests', requests(100, 1, 0.1), ['proceed']],
  ['just above 1 % errors', requests(10_000, 101, 0.1), ['rollback', 'errors']],
  ['p95 at 200 ms', requests(100, 0, 0.2), ['proceed']],
  ['p95 just above 200 ms', requests(100, 0, 0.200_001), ['investigate', 'latency']],
  ['p95 of ten seconds', requests(100, 0, 10), ['investigate', 'latency']],
])('%s', (_title, given, expected) => {
  expect(decisions(given)).toEqual(expected);
});

test('the worst decision wins, and its reason comes first', () => {
  const checks = [check({ name: 'fine' }), check({ name: 'middling', ratio: 0.985 }), check({ ratio: 0.5 })];
  const given = { ...requests(100, 0, 0.3), checks };
  expect(decisions(given)).toEqual(['rollback', 'pairs consistency', 'middling consistency', 'latency']);
  expect(decisions({ ...given, checks: checks.slice(0, 2) })[0]).toBe('investigate');
});

test('a held check is investigated, and what it saw within the window still counts', () => {
  const held = check({ name: 'held', held: true });
  expect(decisions(facts({ checks: [check(), held] }))).toEqual(['investigate', 'held freshness']);
  const low = check({ name: 'held', held: true, ratio: 0.9 });
  expect(decisions(facts({ checks: [check(), low] }))[0]).toBe('rollback');
});

test.each<[string, Partial<GateCheck>, boolean]>([
  ['looked at the beginning of the window', { lookedAt: NOW - 15 * MINUTE }, true],
  ['looked longer ago than three intervals', { lookedAt: NOW - 15 * MINUTE - 1 }, false],
  [
    'looked before the window, within three intervals',
    { lookedAt: NOW - 31 * MINUTE, intervalMs: 60 * MINUTE },
    false,
  ],
  ['has no interval and looked in the window', { lookedAt: NOW - 30 * MINUTE, intervalMs: null }, true],
  ['has never looked', { lookedAt: null, ratio: null, told: false }, false],
])('a check that %s', (_title, change, fresh) => {
  const stale = check({ name: 'other', ...change });
  const expected = fresh ? ['proceed'] : ['investigate', 'other freshness'];
  expect(decisions(facts({ checks: [check(), stale] }))).toEqual(expected);
});

test('numbers from before the window neither roll back nor let pass what was deployed since', () => {
  const stale = { lookedAt: NOW - 40 * MINUTE, ratio: 0.5, drift: -0.5 };
  expect(decisions(facts({ checks: [check(), check({ name: 'other', ...stale })] }))).toEqual([
    'investigate',
    'other freshness',
  ]);
});

test('a stage may allow other ages', () => {
  const given = of({ lookedAt: NOW - 40 * MINUTE });
  expect(decisions(given, { ...GATE_LIMITS, maxAgeMs: 40 * MINUTE })).toEqual(['proceed']);
  expect(decisions(given, { ...GATE_LIMITS, maxAgeMs: 40 * MINUTE - 1 })[0]).toBe('unknown');
});

test.each<[string, GateFacts]>([
  ['there is no check', facts({ checks: [] })],
  ['no check has ever looked', of({ lookedAt: null, attemptedAt: null, ratio: null, told: false })],
  ['all are held', of({ held: true })],
  ['all are stale', of({ lookedAt: NOW - 60 * MINUTE })],
  ['all saw nothing to judge by', of({ ratio: null, told: false })],
])('it cannot tell when %s, not even to investigate', (_title, given) => {
  expect(decisions(given).slice(0, 2)).toEqual(['unknown', 'data']);
  const slow = { since: 0, total: 10, errors: 0, p95: 3 };
  expect(decisions({ ...given, requests: slow })[0]).toBe('unknown');
});

test('what is proven to be bad rolls back, although nothing else can be told', () => {
  const failing = kept(6, 6, 6).checks.map((one) => ({ ...one, held: true }));
  expect(decisions(facts({ checks: failing })).slice(0, 2)).toEqual(['rollback', 'pairs schedule']);
});

test('one check that saw nothing to judge by is investigated beside others', () => {
  const empty = check({ name: 'empty', ratio: null, told: false });
  expect(decisions(facts({ checks: [check(), empty] }))).toEqual(['investigate', 'empty consistency']);
  const allowed = check({ name: 'empty', ratio: null, told: true });
  expect(decisions(facts({ checks: [check(), allowed] }))).toEqual(['proceed']);
  const emptied = check({ name: 'empty', ratio: 0, told: false });
  expect(decisions(facts({ checks: [check(), emptied] }))[0]).toBe('rollback');
});

test('limits of a stage replace those of the alerts', () => {
  const limits: GateLimits = {
    consistency: { investigate: 0.5, rollback: 0.4 },
    drift: { investigate: null, rollback: null },
    schedule: { investigate: 0.9, rollback: 0.5 },
    errors: { investigate: 0.2, rollback: 0.5 },
    latency: { investigate: 1, rollback: 2 },
    maxAgeMs: null,
  };
  expect(decisions(of({ ratio: 0.45, drift: -0.5 }), limits)).toEqual(['investigate', 'pairs consistency']);
  expect(decisions(kept(6, 1, 6), limits)).toEqual(['investigate', 'pairs schedule']);
  expect(decisions(requests(10, 3, 2.5), limits)).toEqual(['rollback', 'latency', 'errors']);
});

test('a reason tells its value and the limit that decided', () => {
  const { reasons } = judge(of({ ratio: 0.985, drift: -0.03 }), GATE_LIMITS);
  expect(reasons).toEqual([
    { signal: 'consistency', check: 'pairs', decision: 'investigate', value: 0.985, threshold: 0.99 },
    { signal: 'drift', check: 'pairs', decision: 'investigate', value: -0.03, threshold: -0.02 },
    { signal: 'freshness', check: 'pairs', decision: 'proceed', value: 60, threshold: 900 },
  ]);
});
