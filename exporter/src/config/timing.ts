/** Cron expressions, time zones and how long durations may be. */
import { validateDetailed } from 'node-cron';
import type { TSchema } from 'typebox';
import { DURATION_PATTERN, durationMs, humanDuration } from '../core/duration.ts';
import { propertiesOf } from './entry.ts';
import { nearest } from '../core/nearest.ts';
import type { Problems } from './problem.ts';
import { quoted, shownText } from './shape-words.ts';
import { itemsAt, textAt, treeAt, type Path, type Tree } from './tree.ts';

const DAY_MS = 86_400_000;
/** Node's timers hold 2^31-1 ms (24.8 days) and fire at once beyond; a day is more than any run should take. */
export const TIMER_LIMIT_MS = DAY_MS;
export const AGE_LIMIT_MS = 36_500 * DAY_MS;

const LIMITS: readonly (readonly [path: Path, minMs: number, maxMs: number])[] = [
  [['http', 'rateLimit', 'window'], 1, TIMER_LIMIT_MS],
  [['retention', 'runs'], 1, AGE_LIMIT_MS],
  [['retention', 'rollups'], 1, AGE_LIMIT_MS],
  [['retention', 'violations'], 1, AGE_LIMIT_MS],
  [['violationLog', 'maxAge'], 1, AGE_LIMIT_MS],
];

/** Of the blocks that are there once. */
export function checkBlockTiming(root: Tree, problems: Problems): void {
  checkScheduling(root, ['defaults'], problems);
  checkCron(root, ['retention', 'schedule'], problems);
  for (const [path, minMs, maxMs] of LIMITS) checkDuration(root, path, minMs, maxMs, problems);
}

/**
 * Of one source or check: whatever its engine or kind calls a duration, wherever in its entry it stands. A time-out of
 * nothing would be none at all to many drivers, and an age of nothing is none.
 */
export function checkOwnTiming(
  root: Tree,
  path: Path,
  schema: TSchema,
  maxMs: number,
  problems: Problems,
): void {
  if ('pattern' in schema && schema.pattern === DURATION_PATTERN) {
    checkDuration(root, path, 1, maxMs, problems);
  }
  if ('items' in schema) {
    for (const i of itemsAt(root, path).keys())
      checkOwnTiming(root, [...path, i], schema.items as TSchema, maxMs, problems);
  }
  for (const [name, inner] of Object.entries(propertiesOf(schema)))
    checkOwnTiming(root, [...path, name], inner, maxMs, problems);
}

/** Of `defaults`, or of one check. */
export function checkScheduling(root: Tree, path: Path, problems: Problems): void {
  checkCron(root, [...path, 'schedule'], problems);
  checkZone(root, [...path, 'timezone'], problems);
  checkDuration(root, [...path, 'timeout'], 1, TIMER_LIMIT_MS, problems);
  checkDuration(root, [...path, 'misfireGrace'], 0, TIMER_LIMIT_MS, problems);
  checkDuration(root, [...path, 'settle'], 0, TIMER_LIMIT_MS, problems);
  checkCron(root, [...path, 'sync', 'schedule'], problems);
  checkDuration(root, [...path, 'sync', 'misfireGrace'], 0, TIMER_LIMIT_MS, problems);
}

export function checkCron(root: Tree, path: Path, problems: Problems): void {
  const text = textAt(root, path);
  if (text === undefined) return;
  const { valid, errors } = validateDetailed(text);
  if (valid) return;
  const field = errors[0]?.field ?? 'expression';
  const where = field === 'expression' ? '' : ` (${FIELDS[field] ?? field})`;
  problems.add({
    path,
    message: `${quoted(shownText(treeAt(root, path)))} is not a cron expression${where}`,
    fix: 'write minute, hour, day of month, month and day of week, such as "*/5 * * * *"',
  });
}

const FIELDS: Readonly<Record<string, string>> = {
  dayOfMonth: 'day of month',
  dayOfWeek: 'day of week',
};

export function checkZone(root: Tree, path: Path, problems: Problems): void {
  const text = textAt(root, path);
  if (text === undefined || isZone(text)) return;
  const shown = shownText(treeAt(root, path));
  problems.add({
    path,
    message: `${quoted(shown)} is not a time zone`,
    fix: 'write a name of the IANA list, such as Europe/Berlin or UTC',
    suggestion: shown === null ? null : nearest(shown, ['UTC', ...Intl.supportedValuesOf('timeZone')]),
  });
}

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

export function checkDuration(
  root: Tree,
  path: Path,
  minMs: number,
  maxMs: number,
  problems: Problems,
): void {
  const text = textAt(root, path);
  if (text === undefined || !new RegExp(DURATION_PATTERN).test(text)) return;
  const ms = durationMs(text);
  if (ms < minMs)
    problems.add({
      path,
      message: 'must be longer than nothing',
      fix: 'write a longer duration, such as 60s',
    });
  if (ms > maxMs) {
    const limit = humanDuration(maxMs).replace(' 0h', '');
    problems.add({ path, message: 'is too long', fix: `write at most ${limit}` });
  }
}
