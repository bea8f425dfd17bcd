/** Keeps the demo alive: breaks a pair now, mends one then, so that trends move and violations come and go. */
import pg from 'pg';

export interface Writer {
  /** Waits for the statement under way. */
  stop(): Promise<void>;
}

export interface WriterOptions {
  /** the owner's URL of the demo database */
  readonly url: string;
  readonly everyMs?: number;
  readonly onError: (error: unknown) => void;
}

/** Shares of wrong pairs between which the demo wanders: ratios of 0.985 down to 0.935. */
const FEWEST = 0.015;
const MOST = 0.065;

const COUNT = `
  SELECT count(*)::int AS pairs,
         count(*) FILTER (WHERE l.user_id IS NULL OR p.student_id IS NULL
                             OR l.current_level IS DISTINCT FROM p.current_level)::int AS wrong
  FROM specialization_progress p
  FULL JOIN user_licenses l ON (l.user_id, l.specialization_type) = (p.student_id, p.specialization_id)`;

/** One pair gets out of step: the progress moves on and the licence does not, or its licence vanishes. */
const BREAKS = [
  `UPDATE specialization_progress SET current_level = current_level + 1, updated_at = now() WHERE ctid = (${agreeing('p')})`,
  `UPDATE user_licenses SET current_level = current_level + 1, max_achieved_level = greatest(max_achieved_level,
     current_level + 1), last_advanced_at = now() WHERE ctid = (${agreeing('l')})`,
  `DELETE FROM user_licenses WHERE ctid = (${agreeing('l')})`,
  `DELETE FROM specialization_progress WHERE ctid = (${agreeing('p')})`,
];

const MENDS = [
  `UPDATE user_licenses l SET current_level = p.current_level, last_advanced_at = now(),
     max_achieved_level = greatest(l.max_achieved_level, p.current_level)
   FROM (SELECT p.* FROM specialization_progress p
         JOIN user_licenses l ON (l.user_id, l.specialization_type) = (p.student_id, p.specialization_id)
         WHERE l.current_level <> p.current_level ORDER BY random() LIMIT 1) p
   WHERE (l.user_id, l.specialization_type) = (p.student_id, p.specialization_id)`,
  `INSERT INTO user_licenses (user_id, specialization_type, current_level, max_achieved_level, last_advanced_at)
   SELECT student_id, specialization_id, current_level, current_level, now() FROM specialization_progress p
   WHERE NOT EXISTS (SELECT 1 FROM user_licenses l
                     WHERE (l.user_id, l.specialization_type) = (p.student_id, p.specialization_id))
   ORDER BY random() LIMIT 1`,
  `INSERT INTO specialization_progress (student_id, specialization_id, current_level)
   SELECT user_id, specialization_type, current_level FROM user_licenses l
   WHERE NOT EXISTS (SELECT 1 FROM specialization_progress p
                     WHERE (l.user_id, l.specialization_type) = (p.student_id, p.specialization_id))
   ORDER BY random() LIMIT 1`,
];

export function startWriter({ url, everyMs = 20_000, onError }: WriterOptions): Writer {
  const pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'lockstep-demo-writer' });
  pool.on('error', onError);
  let underWay: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    underWay = underWay.then(() => writeOnce(pool, Math.random)).catch(onError);
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await underWay;
      await pool.end();
    },
  };
}

/** Breaks or mends one pair; which of them, the distance to the bounds and `random` (0 to 1) decide. */
export async function writeOnce(pool: Pick<pg.Pool, 'query'>, random: () => number): Promise<void> {
  const { rows } = await pool.query<{ pairs: number; wrong: number }>(COUNT);
  const { pairs, wrong } = rows[0] ?? { pairs: 0, wrong: 0 };
  const share = wrong / Math.max(1, pairs);
  const breaks = share < FEWEST || (share < MOST && random() < 0.5);
  for (const statement of shuffled(breaks ? BREAKS : MENDS, random)) {
    const { rowCount } = await pool.query(statement);
    if (rowCount === 1) return;
  }
}

/** The place of a random pair that agrees; never an orphan, so that the second check of the demo stays as it is. */
function agreeing(side: 'p' | 'l'): string {
  return `SELECT ${side}.ctid FROM specialization_progress p
    JOIN user_licenses l ON (l.user_id, l.specialization_type) = (p.student_id, p.specialization_id)
    JOIN users u ON u.id = l.user_id
    WHERE l.current_level = p.current_level ORDER BY random() LIMIT 1`;
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
