/** Runs, oldest first: a state timeline of status and outcome, or a table. */
import { createDataFrame, type DataFrame, FieldType } from '@grafana/data';
import type { Run } from '../api';
import { millis } from './checks';
import { OUTCOME_CONFIG, RATIO_CONFIG, STATUS_CONFIG } from './mappings';

export function runsFrame(refId: string, check: string, newestFirst: readonly Run[]): DataFrame {
  const runs = [...newestFirst].reverse();
  const count = (name: string, displayName: string, tell: (run: Run) => number | null) => ({
    ...{ name, type: FieldType.number, values: runs.map(tell) },
    config: { displayName, unit: 'short', decimals: 0 },
  });
  return createDataFrame({
    refId,
    name: check,
    fields: [
      {
        name: 'time',
        type: FieldType.time,
        values: runs.map((run) => millis(run.finished_at ?? run.started_at)),
        config: { displayName: 'Time' },
      },
      { name: 'status', type: FieldType.string, values: runs.map(({ status }) => status), config: STATUS_CONFIG },
      {
        name: 'outcome',
        type: FieldType.string,
        values: runs.map(({ outcome, state }) => outcome ?? state),
        config: OUTCOME_CONFIG,
      },
      {
        name: 'duration',
        type: FieldType.number,
        values: runs.map((run) => run.duration_seconds),
        config: { displayName: 'Duration', unit: 's' },
      },
      {
        name: 'consistency_ratio',
        type: FieldType.number,
        values: runs.map(({ result }) => result?.consistency_ratio ?? null),
        config: { ...RATIO_CONFIG, displayName: 'Consistency' },
      },
      count('checked', 'Checked', ({ result }) => result?.checked ?? null),
      count('violations', 'Violations', ({ result }) => result?.inconsistent ?? null),
      count('opened', 'Opened', ({ result }) => result?.opened ?? null),
      count('resolved', 'Resolved', ({ result }) => result?.resolved ?? null),
      {
        name: 'trigger',
        type: FieldType.string,
        values: runs.map(({ trigger }) => trigger),
        config: { displayName: 'Trigger' },
      },
      {
        name: 'error',
        type: FieldType.string,
        values: runs.map(({ error }) => error),
        config: { displayName: 'Why it could not look' },
      },
      { name: 'run', type: FieldType.string, values: runs.map(({ id }) => id), config: { displayName: 'Run' } },
    ],
  });
}
