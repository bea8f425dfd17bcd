/** Scrapes and status requests at 100 connections, idle and while a check runs; and what the exporter weighs. */
import { couplingOf } from './look-process.mjs';
import { startExporter, TOKEN } from './exporter-process.mjs';
import { median } from './measure.mjs';
import { residentMemory } from './process-memory.mjs';
import { FIRED_BY, fire } from './requests.mjs';

const LEAST_PER_SECOND = 6_000;
const MOST_P99_MS = 50;
const ROUNDS = 5;
const SECONDS = 4;
/** about 50 series each */
const CHECKS = 101;
const admin = { authorization: `Bearer ${TOKEN}` };
const CONTESTANTS = [
  { what: '/metrics', path: '/metrics', headers: {} },
  { what: '/metrics, gzip', path: '/metrics', headers: { 'accept-encoding': 'gzip' } },
  { what: '/api/v1/health/status', path: '/api/v1/health/status?check=pairs_1', headers: admin },
];

/** 101 small checks, which give the series, and a large one, which runs on request. */
export async function requestsPerSecond(databases, pairs, report) {
  const [small, large] = [await databases.seeded(10_000), await databases.seeded(pairs)];
  const names = Array.from({ length: CHECKS }, (_, i) => `pairs_${i + 1}`);
  const exporter = await startExporter({
    sources: {
      small: { engine: 'postgres', url: databases.urlOf(small) },
      large: { engine: 'postgres', url: databases.urlOf(large) },
    },
    checks: {
      ...Object.fromEntries(names.map((name) => [name, couplingOf('small', 'small')])),
      large: couplingOf('large', 'large', { enabled: false }),
    },
  });
  try {
    await exporter.everyCheckRan();
    const series = (await exporter.ask('/metrics')).split('\n').filter((line) => /^[a-z]/.test(line)).length;
    await measure(exporter, report, `idle, ${series.toLocaleString('en')} series, by ${FIRED_BY}`);
    const looking = keepLooking(exporter);
    await measure(exporter, report, `while a check of ${pairs.toLocaleString('en')} pairs runs`);
    report({
      what: 'checks that ran meanwhile',
      measured: String(await looking.stop()),
      bar: 'at least 1',
      pass: null,
    });
  } finally {
    await exporter.stop();
  }
}

/** In turns, so that a busy moment of the machine hits all alike. */
async function measure({ url }, report, when) {
  const found = CONTESTANTS.map(() => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [i, { path, headers }] of CONTESTANTS.entries()) {
      const result = await fire({ url: url + path, headers, seconds: round === 0 ? 1 : SECONDS });
      if (result.failures > 0)
        throw new Error(`${path}: ${result.failures} of ${result.total} requests failed`);
      if (round > 0) found[i].push(result);
    }
  }
  for (const [i, { what }] of CONTESTANTS.entries()) {
    const [perSecond, p50, p99] = ['perSecond', 'p50', 'p99'].map((key) =>
      median(found[i].map((result) => result[key])),
    );
    report({
      what: `${what}, 100 connections, ${when}`,
      measured: `${Math.round(perSecond).toLocaleString('en')} requests/s, median ${p50} ms, p99 ${p99} ms (n=${ROUNDS})`,
      bar: `≥ ${LEAST_PER_SECOND.toLocaleString('en')}/s, p99 < ${MOST_P99_MS} ms`,
      pass: perSecond >= LEAST_PER_SECOND && p99 < MOST_P99_MS,
    });
  }
}

/** One run after the other until it is stopped; tells how many there were. */
function keepLooking(exporter) {
  let stopped = false;
  const done = (async () => {
    let runs = 0;
    for (; !stopped; runs += 1) await exporter.runCheck('large');
    return runs;
  })();
  done.catch(() => undefined);
  return {
    stop: () => {
      stopped = true;
      return done;
    },
  };
}

/** A full exporter that runs the large check again and again: what stays resident. */
export async function exporterMemory(databases, pairs, report) {
  const url = databases.urlOf(await databases.seeded(pairs));
  const sources = { app: { engine: 'postgres', url } };
  const exporter = await startExporter({ sources, checks: { pairs: couplingOf('app', 'app') } });
  try {
    await exporter.everyCheckRan();
    const before = residentMemory(exporter.pid).now;
    for (let i = 0; i < ROUNDS; i += 1) await exporter.runCheck('pairs');
    const after = residentMemory(exporter.pid).now;
    report({
      what: `resident memory of the exporter, before and after ${ROUNDS} checks of ${pairs.toLocaleString('en')} pairs`,
      measured: `${before.toFixed(0)} → ${after.toFixed(0)} MB`,
      bar: 'grows < 32 MB',
      pass: after - before < 32,
    });
  } finally {
    await exporter.stop();
  }
}
