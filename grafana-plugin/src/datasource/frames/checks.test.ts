import { CHECK, checkWith, HEALTHY, PENDING } from '../../testing/documents';
import { columnsIn } from '../../testing/frame';
import { checksFrame } from './checks';

const field = (frame: ReturnType<typeof checksFrame>, name: string) => frame.fields.find((one) => one.name === name);

test('each check is a row; one that has not run yet has no numbers', () => {
  const columns = columnsIn(checksFrame('A', [CHECK, HEALTHY, PENDING]));
  expect(columns).toMatchObject({
    check: [CHECK.name, HEALTHY.name, PENDING.name],
    status: ['degraded', 'healthy', 'unknown'],
    consistency_ratio: [0.9767, 1, null],
    checked: [1_200, 800, null],
    violations: [28, 0, null],
    entities_violating: [2, 0, null],
    held: [false, false, false],
    requires_attention: [true, false, false],
    last_check: [Date.parse('2026-03-01T10:05:00.000Z'), Date.parse('2026-03-01T10:05:00.000Z'), null],
    oldest_violation: [Date.parse('2026-02-27T08:00:00.000Z'), null, null],
    severity: ['critical', 'critical', 'critical'],
    owner: ['learning', 'learning', 'learning'],
  });
});

test('no check, no row', () => {
  expect(checksFrame('A', []).length).toBe(0);
});

test('one check alone has its own thresholds; several share none', () => {
  const thresholds = (...checks: Array<typeof CHECK>) =>
    field(checksFrame('A', checks), 'consistency_ratio')?.config.thresholds?.steps;
  expect(thresholds(CHECK)).toEqual([
    { value: -Infinity, color: 'red' },
    { value: 0.95, color: 'orange' },
    { value: 0.99, color: 'green' },
  ]);
  expect(thresholds(CHECK, HEALTHY)).toBeUndefined();
});

test('a check links to its dashboard and to its runbook', () => {
  const links = field(checksFrame('A', [checkWith({ name: 'a b&c' })]), 'check')?.config.links;
  expect(links?.map(({ url }) => url)).toEqual([
    '/d/lockstep-check?var-check=a%20b%26c&${__url_time_range}',
    'https://wiki.example.org/licences',
  ]);
});

test.each(['javascript:alert(1)', 'data:text/html,x', '//elsewhere.example', null])(
  'a runbook at %p is no link',
  (runbook) => {
    expect(field(checksFrame('A', [checkWith({ runbook })]), 'check')?.config.links).toHaveLength(1);
  }
);
