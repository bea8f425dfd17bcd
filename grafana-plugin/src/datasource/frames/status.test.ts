import { createDataFrame } from '@grafana/data';
import { CHECK, checkWith, HEALTHY, PENDING, resultWith, SOURCE_DOWN } from '../../testing/documents';
import { columnsIn } from '../../testing/frame';
import { leadingCheck, statusFrame, statusMetaOf } from './status';

test('one row of numbers for core panels, and the whole document for the violations panel', () => {
  const frame = statusFrame('A', CHECK);
  expect(frame.length).toBe(1);
  expect(columnsIn(frame)).toMatchObject({ check: [CHECK.name], status: ['degraded'], violations: [28] });
  expect(statusMetaOf(frame)).toEqual({ lockstep: { check: CHECK } });
});

test('a frame of another data source has no document', () => {
  expect(statusMetaOf(createDataFrame({ fields: [] }))).toBeNull();
  expect(statusMetaOf(createDataFrame({ fields: [], meta: { custom: { other: 1 } } }))).toBeNull();
});

test('numbers that are held from the last check are called so', () => {
  expect(statusFrame('A', CHECK).meta?.notices).toEqual([]);
  expect(statusFrame('A', SOURCE_DOWN).meta?.notices).toEqual([
    { severity: 'warning', text: expect.stringContaining('the numbers of the last check') },
  ]);
});

test('the check to look at first is the worst, and among equals the least consistent', () => {
  const of = (name: string, status: typeof CHECK.status, consistency_ratio: number) =>
    checkWith({ name, status, result: resultWith({ consistency_ratio }) });
  const degraded = [of('d1', 'degraded', 0.98), of('d2', 'degraded', 0.96)];
  const unknown = checkWith({ ...PENDING, name: 'u' });
  expect(leadingCheck([HEALTHY, unknown, ...degraded, of('c', 'critical', 0.99)])?.name).toBe('c');
  expect(leadingCheck([HEALTHY, unknown, ...degraded])?.name).toBe('d2');
  expect(leadingCheck([HEALTHY, unknown])?.name).toBe('u');
  expect(leadingCheck([])).toBeUndefined();
});
