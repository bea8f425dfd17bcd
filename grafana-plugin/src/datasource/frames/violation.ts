/** The life of one violation, step by step. */
import { createDataFrame, type DataFrame, FieldType } from '@grafana/data';
import type { ViolationDetail } from '../api';

export function violationFrame(refId: string, { id, life }: ViolationDetail): DataFrame {
  const names = [...new Set(life.flatMap(({ row }) => Object.keys(row)))];
  return createDataFrame({
    refId,
    name: id,
    fields: [
      {
        name: 'time',
        type: FieldType.time,
        values: life.map(({ at }) => Date.parse(at)),
        config: { displayName: 'Time' },
      },
      {
        name: 'event',
        type: FieldType.string,
        values: life.map(({ event }) => event),
        config: { displayName: 'Event' },
      },
      { name: 'kind', type: FieldType.string, values: life.map(({ kind }) => kind), config: { displayName: 'Kind' } },
      ...names.map((name) => ({
        ...{ name, type: FieldType.string, config: { displayName: name } },
        values: life.map(({ row }) => (row[name] === null || row[name] === undefined ? null : String(row[name]))),
      })),
      { name: 'run', type: FieldType.string, values: life.map(({ run_id }) => run_id), config: { displayName: 'Run' } },
    ],
  });
}
