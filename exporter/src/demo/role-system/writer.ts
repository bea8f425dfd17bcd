/**
 * Keeps the demo alive: the old role of a user gets out of step now, and into step again then. It changes nothing of which
 * the audit log would have to know, because that the log is silent is one of the faults.
 */
import Database from 'libsql';
import { OPTIONAL_ROLE } from './data.ts';

/** Users between which the demo wanders; as many as `faults` makes at least. */
const FEWEST = 2;
const MOST = 12;

const HELD = `SELECT a.role_id FROM user_roles a WHERE a.user_id = u.user_id AND a.is_active = 1 AND a.role_id IS NOT NULL`;
/** The old role of an active user is among his active roles, or is not. */
const usersOf = (how: 'IN' | 'NOT IN'): string =>
  `SELECT u.user_id FROM users u WHERE u.is_active = 1 AND u.role_id IS NOT NULL AND u.role_id ${how} (${HELD})`;

const COUNT = `SELECT count(*) AS wrong FROM (${usersOf('NOT IN')})`;
const BREAK = `UPDATE users SET role_id = (SELECT role_id FROM roles WHERE name = '${OPTIONAL_ROLE}')
  WHERE user_id = (${usersOf('IN')} ORDER BY random() LIMIT 1)`;
const MEND = `UPDATE users AS u SET role_id = (${HELD} ORDER BY a.user_role_id LIMIT 1)
  WHERE u.user_id = (${usersOf('NOT IN')} ORDER BY random() LIMIT 1)`;

export function startWriter(
  file: string,
  onError: (error: unknown) => void,
  everyMs = 20_000,
): { stop(): Promise<void> } {
  const timer = setInterval(() => {
    try {
      writeOnce(file, Math.random);
    } catch (error) {
      onError(error);
    }
  }, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

/** Breaks or mends one user; the distance to the bounds and `random` (0 to 1) decide. */
export function writeOnce(file: string, random: () => number): void {
  const database = new Database(file);
  try {
    // it holds up this process: what is locked for longer is left to the next time
    database.prepare('PRAGMA busy_timeout = 500').all([]);
    const { wrong } = database.prepare(COUNT).get([]) as { wrong: number };
    const breaks = wrong <= FEWEST || (wrong < MOST && random() < 0.5);
    database.exec(breaks ? BREAK : MEND);
  } finally {
    database.close();
  }
}
