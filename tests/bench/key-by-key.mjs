/** The check against what it replaces: one query per key. */
import { withClient } from './database.mjs';
import { startLooker } from './look-process.mjs';
import { sideBySide, timed } from './measure.mjs';

const PAIRS = 10_000;
const LEAST_RATIO = 200;
const ROUNDS = 5;

export async function keyByKey(databases, report) {
  const url = databases.urlOf(await databases.seeded(PAIRS));
  const looker = await startLooker({ app: url });
  try {
    // its whole run is compared, store included, though the loop remembers nothing
    const { ours, theirs, ratio, rounds } = await withClient(url, (client) =>
      sideBySide(
        ROUNDS,
        async () => (await looker.ask('run')).ms,
        () => timed(() => naiveLoop(client)),
      ),
    );
    report({
      what: `check of ${PAIRS.toLocaleString('en')} pairs, store included, against one query per key`,
      measured: `${(1 / ratio).toFixed(0)} × faster (${ours.toFixed(0)} against ${theirs.toFixed(0)} ms, n=${rounds})`,
      bar: `≥ ${LEAST_RATIO} ×`,
      pass: 1 / ratio >= LEAST_RATIO,
    });
  } finally {
    await looker.stop();
  }
}

/** For each row of either table, is its partner there and equal: what people write first. */
async function naiveLoop(client) {
  const wrong = [];
  const { rows: all } = await client.query(
    'SELECT student_id, specialization_id, current_level FROM specialization_progress',
  );
  for (const { student_id: user, specialization_id: what, current_level: level } of all) {
    const { rows } = await client.query(
      'SELECT current_level FROM user_licenses WHERE user_id = $1 AND specialization_type = $2',
      [user, what],
    );
    if (rows[0]?.current_level !== level) wrong.push([user, what]);
  }
  const { rows: others } = await client.query('SELECT user_id, specialization_type FROM user_licenses');
  for (const { user_id: user, specialization_type: what } of others) {
    const { rows } = await client.query(
      'SELECT 1 FROM specialization_progress WHERE student_id = $1 AND specialization_id = $2',
      [user, what],
    );
    if (rows.length === 0) wrong.push([user, what]);
  }
  if (wrong.length !== PAIRS * 0.005) throw new Error(`the loop found ${wrong.length} violations`);
}
