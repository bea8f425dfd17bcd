/** 100 dashboards that refresh as fast as they can, while people press "check now". */
import { setTimeout as sleep } from 'node:timers/promises';
import { startExporter, TOKEN } from './exporter-process.mjs';
import { couplingOf } from './look-process.mjs';
import { fire } from './requests.mjs';

const SECONDS = 10;
const LEAST_PER_SECOND = 200;
const MOST_MEDIAN_MS = 50;
const MOST_FAILURES = 0.001;
const EVERY_MS = 1_000;
/** what the panels of a dashboard ask for, each by a quarter of the connections */
const PATHS = [
  '/api/v1/health/status',
  '/api/v1/health/violations',
  '/api/v1/violations?check=pairs&limit=100',
  '/api/v1/checks/pairs/history',
];

export async function dashboards(databases, report) {
  const url = databases.urlOf(await databases.seeded(10_000));
  const exporter = await startExporter({
    sources: { app: { engine: 'postgres', url } },
    checks: { pairs: couplingOf('app', 'app') },
  });
  try {
    await exporter.everyCheckRan();
    for (const path of PATHS) await exporter.ask(path);
    const manual = pressCheckNow(exporter);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const each = await Promise.all(
      PATHS.map((path) =>
        fire({ url: exporter.url + path, headers, connections: 100 / PATHS.length, seconds: SECONDS }),
      ),
    );
    const checks = await manual.stop();
    const total = each.reduce((sum, { total }) => sum + total, 0);
    const failures = each.reduce((sum, { failures }) => sum + failures, 0) / total;
    const perSecond = total / SECONDS;
    const slowest = Math.max(...each.map(({ p50 }) => p50));
    report({
      what: `100 dashboards refreshing, ${checks} manual checks of 10,000 pairs meanwhile`,
      measured: `${Math.round(perSecond).toLocaleString('en')} requests/s, median of the slowest route ${slowest} ms, failures ${(failures * 100).toFixed(2)} %`,
      bar: `> ${LEAST_PER_SECOND}/s, median < ${MOST_MEDIAN_MS} ms, failures < ${MOST_FAILURES * 100} %`,
      pass: perSecond > LEAST_PER_SECOND && slowest < MOST_MEDIAN_MS && failures < MOST_FAILURES,
    });
  } finally {
    await exporter.stop();
  }
}

/** Once a second; a press that fails ends the bench. */
function pressCheckNow(exporter) {
  let stopped = false;
  const done = (async () => {
    let presses = 0;
    for (; !stopped; presses += 1) {
      await exporter.ask('/api/v1/health/check-now', { method: 'POST' });
      await sleep(EVERY_MS);
    }
    return presses;
  })();
  done.catch(() => undefined);
  return {
    stop: () => {
      stopped = true;
      return done;
    },
  };
}
