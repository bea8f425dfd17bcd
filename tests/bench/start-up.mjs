/** How soon a started exporter answers a scrape, and what it weighs while nothing happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startExporter } from './exporter-process.mjs';
import { couplingOf } from './look-process.mjs';
import { median } from './measure.mjs';
import { residentMemory } from './process-memory.mjs';

const STARTS = 7;
const MOST_MS = 1_500;
const MOST_MEMORY_MB = 120;
/** its first run is over by then: checks run within 2 s of the start */
const UNTIL_IDLE_MS = 6_000;

export async function startUp(databases, report) {
  const url = databases.urlOf(await databases.seeded(10_000));
  const content = {
    sources: { app: { engine: 'postgres', url } },
    checks: { pairs: couplingOf('app', 'app') },
  };
  const starts = [];
  for (let i = 0; i < STARTS; i += 1) {
    const exporter = await startExporter(content);
    starts.push(exporter.startMs);
    await exporter.stop();
  }
  report({
    what: 'from start to the first /metrics, embedded store',
    measured: `${median(starts).toFixed(0)} ms (n=${STARTS})`,
    bar: `< ${MOST_MS} ms`,
    pass: median(starts) < MOST_MS,
  });
  const exporter = await startExporter(content);
  await sleep(UNTIL_IDLE_MS);
  const { now } = residentMemory(exporter.pid);
  await exporter.stop();
  report({
    what: `resident memory, idle ${UNTIL_IDLE_MS / 1_000} s after the start`,
    measured: `${now.toFixed(0)} MB`,
    bar: `< ${MOST_MEMORY_MB} MB`,
    pass: now < MOST_MEMORY_MB,
  });
}
