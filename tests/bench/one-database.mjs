/** A coupling check in one Postgres against the bare FULL JOIN, with and without covering indexes. */
import { startLooker } from './look-process.mjs';
import { sideBySide } from './measure.mjs';
import { residentMemory, resetPeak } from './process-memory.mjs';
import { openRival } from './psql.mjs';

const JOIN = `FROM specialization_progress AS a FULL JOIN user_licenses AS b
  ON a.student_id = b.user_id AND a.specialization_id = b.specialization_type`;
const COUNT = `SELECT count(*) ${JOIN}`;
const ROUNDS = { 10_000: 25, 1_000_000: 9, 10_000_000: 5 };
const MOST_RATIO = 1.25;
const MOST_GROWTH_MB = 32;

/** @param report called with each line of the final table */
export async function coveringIndexes(databases, pairs, report) {
  const name = await databases.seeded(pairs);
  const url = databases.urlOf(name);
  const size = pairs.toLocaleString('en');
  const { found, rival } = await contest(url, pairs, []);
  report({
    what: `check of ${size} pairs, covering indexes, against the bare FULL JOIN count`,
    measured: timesOf(found, rival),
    ...(pairs >= 1_000_000
      ? { bar: `≤ ${MOST_RATIO} ×`, pass: found.ratio <= MOST_RATIO }
      : { bar: 'none at this size', pass: null }),
  });
  if (pairs < 1_000_000) return;
  report({
    what: `memory of the process after checks of ${size} pairs`,
    measured: `${found.memory.before.toFixed(0)} → ${found.memory.after.toFixed(0)} MB, peak ${found.memory.peak.toFixed(0)} MB`,
    bar: `grows < ${MOST_GROWTH_MB} MB`,
    pass: found.memory.after - found.memory.before < MOST_GROWTH_MB,
  });
}

/** Leaves plain unique indexes on the keys, as most tables have them. */
export async function plainIndexes(databases, pairs, report) {
  const name = await databases.copyOf(await databases.seeded(pairs));
  await databases.run(
    name,
    `DROP INDEX specialization_progress_key, user_licenses_key;
     CREATE UNIQUE INDEX ON specialization_progress (student_id, specialization_id);
     CREATE UNIQUE INDEX ON user_licenses (user_id, specialization_type)`,
  );
  const size = pairs.toLocaleString('en');
  const { found, rival } = await contest(databases.urlOf(name), pairs, ['SET enable_mergejoin = off']);
  report({
    what: `check of ${size} pairs, plain unique indexes, against the planner's own hash FULL JOIN count`,
    measured: timesOf(found, rival),
    bar: `≤ ${MOST_RATIO} ×`,
    pass: found.ratio <= MOST_RATIO,
  });
  await databases.drop(name);
}

async function contest(url, pairs, settings) {
  const rival = await openRival(url, settings);
  const looker = await startLooker({ app: url });
  try {
    // the first run opens every violation and warms the code: memory is compared from there, as in a running exporter
    const first = await looker.ask('run');
    const before = residentMemory(looker.pid).now;
    resetPeak(looker.pid);
    const looks = [];
    const found = await sideBySide(
      ROUNDS[pairs],
      async () => {
        const run = await looker.ask('run');
        if (run.inconsistent !== Math.round(pairs * 0.005)) {
          throw new Error(`the check found ${run.inconsistent} of ${pairs * 0.005} violations`);
        }
        looks.push(run.ms);
        return run.ms;
      },
      () => rival.time(COUNT),
    );
    const { now: after, peak } = residentMemory(looker.pid);
    return { found: { ...found, first: first.ms, memory: { before, after, peak } }, rival: rival.name };
  } finally {
    await looker.stop();
    await rival.close();
  }
}

function timesOf({ ours, theirs, ratio, ratios, rounds }, rival) {
  const [low, high] = ratios.map((each) => each.toFixed(2));
  return `${ratio.toFixed(2)} × (${ours.toFixed(0)} against ${theirs.toFixed(0)} ms; ${low}–${high}, n=${rounds}; ${rival})`;
}
