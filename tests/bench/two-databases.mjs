/** The ordered merge of two sources: keys a second, and memory, which must not grow with the tables. */
import { startLooker } from './look-process.mjs';
import { median } from './measure.mjs';
import { residentMemory } from './process-memory.mjs';

const LEAST_PAIRS_PER_SECOND = 1_000_000;
const MOST_MEMORY_MB = 100;
const ROUNDS = { 1_000_000: 9, 10_000_000: 5 };

export async function twoDatabases(databases, pairs, report) {
  const left = await databases.seeded(pairs);
  const right = await databases.copyOf(left);
  const looker = await startLooker({ left: databases.urlOf(left), right: databases.urlOf(right) });
  try {
    await looker.ask('look');
    const looks = [];
    for (let i = 0; i < ROUNDS[pairs]; i += 1) looks.push((await looker.ask('look')).ms);
    const { peak } = residentMemory(looker.pid);
    const runs = [];
    for (let i = 0; i < ROUNDS[pairs]; i += 1) runs.push((await looker.ask('run')).ms);
    const perSecond = (ms) => `${(pairs / ms / 1_000).toFixed(2)} M pairs/s`;
    const size = pairs.toLocaleString('en');
    report({
      what: `check of ${size} pairs in two databases, candidates read again`,
      measured: `${perSecond(median(looks))} (${median(looks).toFixed(0)} ms, n=${looks.length}); with the store ${perSecond(median(runs))}`,
      bar: '≥ 1 M pairs/s',
      pass: (pairs / median(looks)) * 1_000 >= LEAST_PAIRS_PER_SECOND,
    });
    report({
      what: `most resident memory while it looks at ${size} pairs in two databases`,
      measured: `${peak.toFixed(0)} MB`,
      bar: `< ${MOST_MEMORY_MB} MB`,
      pass: peak < MOST_MEMORY_MB,
    });
  } finally {
    await looker.stop();
    await databases.drop(right);
  }
}
