/** Syncs that nobody asked for: on a schedule, a dry run unless told otherwise, tried again, and told of as a job. */
import type { JobList } from '../../exporter/src/http/api-schemas.ts';
import type { PlanSummary } from '../../exporter/src/http/sync-schemas.ts';
import { ACADEMY_SYNC, startAcademy, type Academy } from './academy.ts';

let academy: Academy;
afterEach(() => academy.stop());

const every = (more: string): string => `${ACADEMY_SYNC}\n      schedule: "* * * * * *"\n      ${more}`;

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    if (await holds()) return;
    await new Promise((wait) => setTimeout(wait, 100));
  }
  throw new Error(`in vain: ${what}`);
}

async function job(): Promise<JobList['jobs'][number] | undefined> {
  const { body } = await academy.ask<JobList>('GET', '/api/v1/jobs');
  return body.jobs.find((one) => one.job === 'sync:pairs');
}

async function plans(): Promise<PlanSummary[]> {
  return (await academy.ask<{ plans: PlanSummary[] }>('GET', '/api/v1/sync/plans?check=pairs')).body.plans;
}

async function levels(): Promise<unknown[]> {
  return academy.sql('SELECT level FROM licenses WHERE user_id = 3');
}

async function breakOne(): Promise<void> {
  await academy.sql('UPDATE progress SET level = 5 WHERE student = 3');
  await academy.run();
}

test('a scheduled sync is a dry run by default: it tells what it would write, and writes nothing', async () => {
  academy = await startAcademy(every(''));
  await breakOne();
  await until('a plan', async () => (await plans()).length > 0);
  await until('a success', async () => typeof (await job())?.last_success === 'string');
  expect(await levels()).toEqual([{ level: 1 }]);
  expect((await plans())[0]).toMatchObject({ state: 'planned', created_by: 'schedule' });
}, 60_000);

test('with dryRun: false it mends, and what it did is in the audit trail', async () => {
  academy = await startAcademy(every('dryRun: false'));
  await breakOne();
  await until('a mended row', async () => JSON.stringify(await levels()) === '[{"level":5}]');
  await until('an applied plan', async () => (await plans()).some(({ state }) => state === 'applied'));
  const entry = (await academy.audit()).find(({ action }) => action === 'sync.write');
  expect(entry).toMatchObject({ actor: 'schedule', subject: 'pairs' });
}, 60_000);

test('while nothing is open it has nothing to do, which is no failure', async () => {
  academy = await startAcademy(every('dryRun: false'));
  await until('a success', async () => typeof (await job())?.last_success === 'string');
  expect(await plans()).toEqual([]);
  expect((await job())?.consecutive_failures).toBe(0);
}, 60_000);

test('a row that cannot be written makes the job fail, and says so', async () => {
  academy = await startAcademy(every('dryRun: false\n      retries: 0'));
  await academy.sql('ALTER TABLE licenses ADD CONSTRAINT at_most_four CHECK (level <= 4)');
  await breakOne();
  await until('a failure', async () => ((await job())?.consecutive_failures ?? 0) > 0);
  const metrics = await (await fetch(`${academy.url}/metrics`)).text();
  expect(metrics).toMatch(/lockstep_job_runs_total\{job_name="sync:pairs",outcome="error"\} [1-9]/);
  expect(metrics).toMatch(/lockstep_sync_rows_total\{check="pairs",outcome="failed"\} [1-9]/);
  expect(academy.logLines.join('')).toContain('1 rows of plan');
}, 60_000);

test('a failure is tried again as often as the configuration says, and no more', async () => {
  academy = await startAcademy(
    `${ACADEMY_SYNC}\n      schedule: "* * * * * *"\n      dryRun: false\n      retries: 2`,
  );
  await breakOne();
  await academy.sql('ALTER TABLE licenses RENAME TO elsewhere');
  await until('a failure', async () => ((await job())?.consecutive_failures ?? 0) > 0);
  // 1 s and 2 s lie between the attempts
  expect((await job())?.last_duration_seconds).toBeGreaterThanOrEqual(3);
  const made = (await academy.audit()).filter(({ action }) => action === 'sync.write');
  expect(made).toEqual([]);
}, 60_000);
