/** Reports on a schedule, as jobs like any other. */
import type { ReportConfig } from '../config/config.ts';
import { UserError } from '../core/errors.ts';
import type { Board } from '../runner/board.ts';
import type { Jobs } from '../schedule/jobs.ts';
import type { Job } from '../schedule/schedule.ts';
import type { Store } from '../stores/store.ts';
import { postReport, writeReport } from './delivery.ts';
import { MEDIA_TYPES, reportFileName, writtenReport } from './formats.ts';
import { gatherReport } from './gather.ts';

/** A report that comes an hour late still tells the day. */
const MISFIRE_GRACE_MS = 3_600_000;

export function reportJobs(
  reports: readonly ReportConfig[],
  parts: { readonly store: Store; readonly board: Board; readonly jobs: Jobs },
): Job[] {
  return reports.map((report) => {
    const name = `report:${report.kind}`;
    return {
      name,
      schedule: report.schedule,
      timezone: report.timezone,
      misfireGraceMs: MISFIRE_GRACE_MS,
      due: () => parts.jobs.run(name, (startedAt, signal) => deliver(parts, report, startedAt, signal)),
    };
  });
}

/** To every place in every format; one that fails does not keep the others from getting theirs. */
async function deliver(
  parts: { readonly store: Store; readonly board: Board },
  { kind, windowMs, checks, formats, folder, webhook }: ReportConfig,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const report = await gatherReport(parts, { kind, windowMs, checks, now });
  const failures: unknown[] = [];
  for (const format of formats) {
    const written = {
      name: reportFileName(report, format),
      text: writtenReport(report, format),
      mediaType: MEDIA_TYPES[format],
    };
    const deliveries = [
      ...(folder === null ? [] : [writeReport(folder, written.name, written.text)]),
      ...(webhook === null ? [] : [postReport(webhook, written, signal)]),
    ];
    for (const result of await Promise.allSettled(deliveries))
      if (result.status === 'rejected') failures.push(result.reason);
  }
  const bug = failures.find((error) => !(error instanceof UserError));
  if (bug !== undefined) throw new Error('a report could not be delivered', { cause: bug });
  const messages = failures.map((error) => (error as UserError).message);
  if (messages.length > 0) throw new UserError([...new Set(messages)].join('; '));
}
