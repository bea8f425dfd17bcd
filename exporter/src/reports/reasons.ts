/** The decisions of a report and their reasons, in words. Pure. */
import type { CheckReport, Report } from '../core/report.ts';
import type { Decision, Reason, Subject } from '../core/report-decision.ts';
import { count, duration, moment, percent, points, windowText } from './figures.ts';

export const DECISIONS: Readonly<Record<Decision, { readonly title: string; readonly meaning: string }>> = {
  proceed: { title: 'Proceed', meaning: 'Consistent, stable and running.' },
  unknown: { title: 'Cannot tell', meaning: 'There is not enough to decide by.' },
  investigate: { title: 'Investigate', meaning: 'Look into it before you go on.' },
  fix_first: { title: 'Fix first', meaning: 'Do not go on before this is mended.' },
};

export function reasonText({ subject, value, limit }: Reason, check: CheckReport, window: Window): string {
  return WORDS[subject]({ value, limit: limit ?? 0, check, window });
}

type Window = Pick<Report, 'from' | 'to'>;

interface Told {
  readonly value: number | null;
  readonly limit: number;
  readonly check: CheckReport;
  readonly window: Window;
}

const WORDS: Readonly<Record<Subject, (told: Told) => string>> = {
  disabled: () => 'The check is disabled, and takes no part in the decision.',
  average: ({ value, check }) =>
    value === null
      ? 'No run of this window could look and had something to check: there is no rate to decide by.'
      : `The average rate is ${percent(value)}, ${against(value, check)}.`,
  now: ({ value, check }) =>
    `The ${check.held ? 'last rate that could be told' : 'rate of the newest run'} is ${percent(value)}, ${against(value ?? 0, check)}.`,
  held: ({ check }) =>
    `The newest run, of ${when(check.attemptedAt)}, could not look. What is told as now is held, from ${when(check.lookedAt)}.`,
  empty: () =>
    'A side that should hold rows was empty when the newest run looked: zero rows checked is not consistent.',
  spread: ({ value, limit }) =>
    `The best and the worst run lie ${width(value ?? 0)} apart, ${(value ?? 0) <= limit ? 'within' : 'more than'} ${width(limit)}.`,
  baseline: ({ value, limit, check }) =>
    `Against the baseline “${check.baseline?.name ?? ''}” the rate moved by ${points(value)}; ${points(limit)} is when to look into it.`,
  schedule: ({ value, limit, check }) => {
    const { schedule } = check;
    if (value === null || !schedule) return 'No scheduled run was due in this window.';
    const kept = `${percent(value)} of the scheduled runs were made and could look`;
    const of = `${count(schedule.ran)} of ${count(schedule.expected)} made, ${count(schedule.failed)} of them could not look`;
    return `${kept} (${of}); ${percent(limit)} is required.`;
  },
  coverage: ({ check, window }) =>
    check.watchedSince === null
      ? 'The check has never run.'
      : `Of the window of ${windowText(window.to - window.from)} only the last ${duration(window.to - check.watchedSince)} were watched; there is nothing older.`,
};

function against(ratio: number, { thresholds: { healthy, degraded } }: CheckReport): string {
  if (Math.round(ratio * 1e9) >= Math.round(healthy * 1e9)) return `at or above ${percent(healthy)}`;
  if (Math.round(ratio * 1e9) >= Math.round(degraded * 1e9))
    return `below ${percent(healthy)} and not below ${percent(degraded)}`;
  return `below ${percent(degraded)}`;
}

function width(difference: number): string {
  return points(difference).replace(/^\+/, '');
}

function when(at: number | null): string {
  return at === null ? 'an unknown time' : moment(at);
}
