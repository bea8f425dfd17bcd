/** Everything on a schedule, one row each. */
import { createDataFrame, type DataFrame, FieldType } from '@grafana/data';
import type { Job } from '../api';
import { millis } from './checks';

export function jobsFrame(refId: string, jobs: readonly Job[]): DataFrame {
  const time = (name: string, displayName: string, tell: (job: Job) => string | null) => ({
    ...{ name, type: FieldType.time, values: jobs.map((job) => millis(tell(job))), config: { displayName } },
  });
  return createDataFrame({
    refId,
    name: 'jobs',
    fields: [
      { name: 'job', type: FieldType.string, values: jobs.map(({ job }) => job), config: { displayName: 'Job' } },
      {
        name: 'running',
        type: FieldType.boolean,
        values: jobs.map(({ running }) => running),
        config: { displayName: 'Running' },
      },
      {
        name: 'consecutive_failures',
        type: FieldType.number,
        values: jobs.map((job) => job.consecutive_failures),
        config: { displayName: 'Failures in a row', unit: 'short', decimals: 0 },
      },
      {
        name: 'last_duration',
        type: FieldType.number,
        values: jobs.map((job) => job.last_duration_seconds),
        config: { displayName: 'Last duration', unit: 's' },
      },
      time('last_start', 'Last start', (job) => job.last_start),
      time('last_run', 'Last run', (job) => job.last_run),
      time('last_success', 'Last success', (job) => job.last_success),
      time('next_run', 'Next run', (job) => job.next_run),
    ],
  });
}
