import { runOf } from '../testing/documents';
import type { Deployment } from './api';
import { annotationSupport, eventsFrame } from './annotations';
import { EVENT_TYPES, type EventType, type LockstepQuery } from './query';

const NEWEST_FIRST = [
  runOf('r5', '2026-03-01T10:20:00.000Z', { status: 'healthy', outcome: 'pass', result: null }),
  runOf('r4', '2026-03-01T10:15:00.000Z', { status: 'critical' }),
  runOf('r3', '2026-03-01T10:10:00.000Z', {
    ...{ status: 'degraded', outcome: 'error', result: null, error: 'value <img src=x onerror="a()"> & \'b\'' },
  }),
  runOf('r2', '2026-03-01T10:05:00.000Z', { status: 'degraded' }),
  runOf('r1', '2026-03-01T10:00:00.000Z', { status: 'degraded' }),
];

const DEPLOYED: Deployment[] = [
  {
    ...{ id: 'd2', at: '2026-03-01T10:12:00.000Z', name: '<b>shop</b>', version: '1.2.3', stage: 'canary' },
    ...{ note: 'all <i>fine</i>', by: 'ci' },
  },
  { id: 'd1', at: '2026-03-01T09:00:00.000Z', name: 'shop', version: null, stage: null, note: null, by: 'ada' },
];

function marks(events: readonly EventType[], runs = NEWEST_FIRST, deployments: Deployment[] = []) {
  const frame = eventsFrame('A', 'orders', { runs, deployments }, events);
  const values = (name: string) => frame.fields.find((field) => field.name === name)?.values ?? [];
  return values('time').map((time, i) => ({
    ...{ time: new Date(time).toISOString(), title: values('title')[i] },
    ...{ text: values('text')[i], tags: values('tags')[i] },
  }));
}

test('a change of status is marked at the end of its run, oldest first, with the violations it found', () => {
  expect(marks(['status_changes'])).toEqual([
    {
      ...{ time: '2026-03-01T10:15:01.000Z', title: 'orders: degraded → critical' },
      ...{ text: '28 violations', tags: ['lockstep', 'orders', 'critical'] },
    },
    {
      ...{ time: '2026-03-01T10:20:01.000Z', title: 'orders: critical → healthy' },
      ...{ text: 'unknown violations', tags: ['lockstep', 'orders', 'healthy'] },
    },
  ]);
});

test('a run that could not look is marked with its reason as text, not as markup', () => {
  expect(marks(['failed_runs'])).toEqual([
    {
      ...{ time: '2026-03-01T10:10:01.000Z', title: 'orders could not look' },
      text: 'value &#60;img src=x onerror=&#34;a()&#34;&#62; &#38; &#39;b&#39;',
      tags: ['lockstep', 'orders', 'error'],
    },
  ]);
});

test('both kinds of event come in the order of time', () => {
  expect(marks(EVENT_TYPES).map(({ tags }) => tags[2])).toEqual(['error', 'critical', 'healthy']);
});

test('a deployment is marked when it was, among what happened to the check, as text and not as markup', () => {
  expect(marks(EVENT_TYPES, NEWEST_FIRST, DEPLOYED).map(({ tags }) => tags[2])).toEqual([
    ...[undefined, 'error', 'canary', 'critical', 'healthy'],
  ]);
  expect(marks(['deployments'], [], DEPLOYED)).toEqual([
    {
      ...{ time: '2026-03-01T09:00:00.000Z', title: 'shop deployed', text: 'ada' },
      tags: ['lockstep', 'deployment'],
    },
    {
      ...{ time: '2026-03-01T10:12:00.000Z', title: '&#60;b&#62;shop&#60;/b&#62; 1.2.3 deployed to canary' },
      ...{ text: 'all &#60;i&#62;fine&#60;/i&#62; (ci)', tags: ['lockstep', 'deployment', 'canary'] },
    },
  ]);
});

test('a run still going on, which has no status yet, changes nothing', () => {
  const running = runOf('r6', '2026-03-01T10:25:00.000Z', {
    ...{ state: 'running', finished_at: null, status: null, outcome: null, result: null },
  });
  const after = runOf('r7', '2026-03-01T10:30:00.000Z', { status: 'healthy' });
  expect(marks(EVENT_TYPES, [after, running, ...NEWEST_FIRST])).toHaveLength(3);
});

test('no run, no mark', () => {
  expect(marks(EVENT_TYPES, [])).toEqual([]);
});

test('an annotation asks for runs, with every event unless some are chosen', () => {
  const target: LockstepQuery = { refId: 'A', queryType: 'status', check: 'orders' };
  const prepared = (part: Partial<LockstepQuery>) =>
    annotationSupport.prepareQuery?.({ name: 'x', enable: true, iconColor: 'red', target: { ...target, ...part } });
  expect(prepared({})).toEqual({ refId: 'A', queryType: 'runs', check: 'orders', events: EVENT_TYPES });
  expect(prepared({ events: ['failed_runs'] })?.events).toEqual(['failed_runs']);
  expect(annotationSupport.prepareQuery?.({ name: 'x', enable: true, iconColor: 'red' })).toBeUndefined();
});
