/** The decision of a gate and its reasons, in words. Pure. */
import { humanDuration } from '../core/duration.ts';
import type { GateCheck, GateDecision, GateFacts, GateReason, GateSignal } from '../core/gate.ts';
import { count, duration, percent, points, share } from '../reports/figures.ts';

export const GATE_TITLES: Readonly<Record<GateDecision, string>> = {
  proceed: 'Proceed',
  investigate: 'Investigate',
  unknown: 'Cannot tell',
  rollback: 'Roll back',
};

export function gateWords(reason: GateReason, facts: GateFacts): string {
  const check = facts.checks.find(({ name }) => name === reason.check);
  const words = WORDS[reason.signal]({ reason, facts, check });
  return check ? `${check.name}: ${words}` : upperFirst(words);
}

interface Told {
  readonly reason: GateReason;
  readonly facts: GateFacts;
  readonly check: GateCheck | undefined;
}

const WORDS: Readonly<Record<GateSignal, (told: Told) => string>> = {
  data: ({ facts }) =>
    facts.checks.length === 0
      ? 'no check is enabled: there is nothing to decide by.'
      : 'no check could look within the window and had something to judge by.',
  consistency: ({ reason }) =>
    reason.value === null
      ? 'the last run found nothing to judge by; zero rows are not consistent.'
      : `${percent(reason.value)} of the keys agree, known violations left out${limit(reason, 'below', percent)}.`,
  drift: ({ reason, check }) =>
    `the rate moved by ${points(reason.value)} since the baseline “${check?.baseline ?? ''}”${limit(reason, 'below', points)}.`,
  freshness,
  schedule: ({ reason, check }) => {
    const { expected, ran, failed } = check?.schedule ?? { expected: 0, ran: 0, failed: 0 };
    const of = `of ${count(expected)} scheduled runs ${count(ran)} were made, ${count(failed)} of them could not look`;
    return `${of}: ${percent(reason.value)}${limit(reason, 'below', percent)}.`;
  },
  errors: ({ reason, facts }) => {
    const { errors, total } = facts.requests;
    const rate = `${count(errors)} of ${count(total)} requests (${share(errors, total)})`;
    return `${rate} were answered with an error of the server${limit(reason, 'above', percent)}${since(facts)}.`;
  },
  latency: ({ reason, facts }) =>
    `95 of 100 requests took up to ${time(reason.value)}${limit(reason, 'above', time)}${since(facts)}.`,
};

function freshness({ reason, facts, check }: Told): string {
  if (!check || check.lookedAt === null) return 'it has never been able to look.';
  const age = `${duration(facts.to - check.lookedAt)} ago`;
  if (reason.value !== null && reason.threshold !== null && reason.value > reason.threshold)
    return `it last could look ${age}, and what is older than ${time(reason.threshold)} says nothing of this window.`;
  if (check.held) return `the newest run could not look; what is known is held, from ${age}.`;
  return `it could look ${age}.`;
}

/** `; below 98.00 % means roll back`, or `; the limit is 98.00 %` */
function limit(
  { decision, threshold }: GateReason,
  side: 'below' | 'above',
  written: (value: number) => string,
): string {
  if (threshold === null) return '';
  const text = written(threshold);
  if (decision === 'proceed') return `; the limit is ${text}`;
  return `; ${side} ${text} means ${decision === 'rollback' ? 'roll back' : 'investigate'}`;
}

/** What happened before the exporter started is not known. */
function since({ from, to, requests }: GateFacts): string {
  return requests.since > from
    ? ` (of the window only the last ${duration(to - requests.since)} are known, since the exporter started)`
    : '';
}

function time(seconds: number | null): string {
  return humanDuration((seconds ?? 0) * 1_000);
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
