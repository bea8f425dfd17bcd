/** A report as sections of plain text, tables and charts; Markdown and HTML are two ways to write them. Pure. */
import type { CheckReport, Report, ReportKind } from '../core/report.ts';
import { bucketSize } from '../core/report-trend.ts';
import type { Decision } from '../core/report-decision.ts';
import { count, counted, duration, moment, percent, points, windowText } from './figures.ts';
import { DECISIONS, reasonText } from './reasons.ts';

export interface Table {
  readonly form: 'table';
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** one letter a column: `l`, or `r` for numbers */
  readonly align: string;
}

export type Block =
  | Table
  | { readonly form: 'text'; readonly text: string }
  | {
      readonly form: 'reasons';
      readonly reasons: readonly { readonly decision: Decision; readonly text: string }[];
    }
  | { readonly form: 'charts'; readonly check: CheckReport };

export interface Part {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface CheckSection {
  readonly name: string;
  readonly decision: Decision;
  readonly parts: readonly Part[];
}

export interface ReportPage {
  readonly title: string;
  readonly lead: string;
  readonly decision: Decision;
  readonly window: Pick<Report, 'from' | 'to'>;
  readonly summary: readonly Block[];
  readonly checks: readonly CheckSection[];
  readonly end: string;
}

const TITLES: Readonly<Record<ReportKind, string>> = {
  daily: 'Daily report',
  weekly: 'Weekly report',
  stabilization: 'Stabilization report',
};

export function pageOf(report: Report): ReportPage {
  const { kind, from, to, checks } = report;
  const window = { from, to };
  return {
    title: `${TITLES[kind]}: ${DECISIONS[report.decision].title.toLowerCase()}`,
    lead: `The ${windowText(to - from)} from ${moment(from)} to ${moment(to)}.`,
    ...{ decision: report.decision, window },
    summary: summary(report),
    checks: checks.map((check) => ({
      ...{ name: check.name, decision: check.decision },
      parts: [
        why(check, window),
        consistency(check),
        violations(check, to),
        resolution(check),
        schedule(check),
        slowest(check),
      ],
    })),
    end: 'Rates are rounded down. Times are UTC. The decision is the worst of the checks that are enabled.',
  };
}

function summary({ checks }: Report): Block[] {
  if (checks.length === 0) return [text('No check is configured.')];
  return [
    {
      form: 'table',
      header: ['check', 'decision', 'status', 'now', 'average', 'open', 'known', 'new', 'resolved'],
      align: 'lllrrrrrr',
      rows: checks.map((check) => [
        check.name,
        DECISIONS[check.decision].title,
        check.enabled ? `${check.status}${check.held ? ', held' : ''}` : 'disabled',
        rate(check.ratio),
        rate(check.ratios?.average ?? null),
        ...[check.open, check.known, check.opened, check.resolved].map(count),
      ]),
    },
  ];
}

function why(check: CheckReport, window: Pick<Report, 'from' | 'to'>): Part {
  const reasons = check.reasons.map((reason) => ({
    decision: reason.decision,
    text: reasonText(reason, check, window),
  }));
  const about = check.description === null ? [] : [text(check.description)];
  return { title: DECISIONS[check.decision].title, blocks: [...about, { form: 'reasons', reasons }] };
}

function consistency(check: CheckReport): Part {
  const { ratios, ratio, baseline, baselineRatio, result, lookedAt } = check;
  const title = 'Consistency';
  if (!ratios) {
    const last = result && lookedAt !== null ? ` The last run that could was that of ${moment(lookedAt)}: ${percent(ratio)}.` : ''; // prettier-ignore
    const runs = check.runs === 0 ? 'No run ended in this window.' : `None of the ${counted(check.runs, 'run')} in this window could look and had something to check.`; // prettier-ignore
    return { title, blocks: [text(runs + last)] };
  }
  const row = (name: string, of: number | null): string[] => [
    name,
    percent(of),
    ...(baseline ? [points(of === null || baselineRatio === null ? null : of - baselineRatio)] : []),
  ];
  const looked = lookedAt === null ? '' : `${check.held ? 'Held: the last run that could look' : 'The newest run'} ended ${moment(lookedAt)}`; // prettier-ignore
  const days = check.points.filter(({ span }) => span === 'day').length;
  return {
    title,
    blocks: [
      {
        form: 'table',
        header: ['', 'rate', ...(baseline ? [`against “${baseline.name}” (${percent(baselineRatio)})`] : [])],
        align: 'lrr',
        rows: [
          row(check.held ? 'held' : 'newest run', ratio),
          row('average', ratios.average),
          row('minimum', ratios.minimum),
          row('maximum', ratios.maximum),
        ],
      },
      text(
        `Over ${counted(ratios.runs, 'run')} that could look; the standard deviation is ${deviation(ratios.deviation)}.${baseline ? ` The baseline is “${baseline.name}” of ${moment(baseline.createdAt)}, with ${percent(baselineRatio)}.` : ' There is no baseline to compare with.'}${days > 0 ? ` ${counted(days, 'day')} are kept as sums only: the last run of such a day stands for all of them in the average.` : ''}`,
      ),
      ...(result ? [text(`${looked}: ${counted(result.checked, 'key')} checked, ${count(result.consistent)} consistent, ${count(result.inconsistent)} inconsistent.`)] : []), // prettier-ignore
      { form: 'charts', check },
      overTime(check),
    ],
  };
}

function overTime({ periods, points: all, intervalMs }: CheckReport): Table {
  const [first] = periods;
  const whole = periods[1] ?? first;
  const size = whole ? whole.to - whole.from : bucketSize(0, 1, intervalMs, all.length === 0);
  return {
    form: 'table',
    header: [
      `each ${windowText(size)} from`,
      'average',
      'minimum',
      'runs',
      'could not look',
      'new',
      'resolved',
    ],
    align: 'lrrrrrr',
    rows: periods.map((period) => [
      moment(period.from).replace(/:\d\d UTC$/, ''),
      rate(period.average),
      rate(period.minimum),
      ...[period.runs, period.errors, period.opened, period.resolved].map(count),
    ]),
  };
}

function violations(check: CheckReport, to: number): Part {
  const { oldestOpenAt, result, knownByKind } = check;
  const blocks: Block[] = [
    {
      form: 'table',
      header: ['', 'violations'],
      align: 'lr',
      rows: [
        ['new in the window (opened or reopened)', count(check.opened)],
        ['resolved in the window', count(check.resolved)],
        ['open now', count(check.open)],
        ['known now', count(check.known)],
      ],
    },
    text(
      oldestOpenAt === null
        ? 'No violation is open.'
        : `The oldest open one was first seen ${moment(oldestOpenAt)}, ${duration(Math.max(0, to - oldestOpenAt))} before the end of the window.`,
    ),
  ];
  if (result?.capped)
    blocks.push(text(`${count(result.inconsistent)} were counted, which is more than are followed one by one (maxViolations): open and known are of those that are.`)); // prettier-ignore
  const kinds = Object.entries(result?.counts ?? {});
  if (kinds.some(([, n]) => n > 0)) {
    blocks.push({
      form: 'table',
      header: ['kind', check.held ? 'counted, held' : 'counted now', 'of them known'],
      align: 'lrr',
      rows: kinds.map(([kind, n]) => [kind, count(n), count(knownByKind[kind] ?? 0)]),
    });
  }
  return { title: 'Violations', blocks };
}

function resolution({ resolution: times, resolved }: CheckReport): Part {
  const title = 'Time to resolve';
  if (!times)
    return {
      title,
      blocks: [
        text(
          resolved === 0
            ? 'No violation was resolved in this window.'
            : 'The violations that were resolved are remembered no longer: there are no times to tell.',
        ),
      ],
    };
  const of = times.capped
    ? `Of the ${count(times.measured)} that were resolved last; there were more.`
    : `Of the ${counted(times.measured, 'resolution')} in this window, from opened or reopened until a run saw it gone.`;
  return {
    title,
    blocks: [
      {
        form: 'table',
        header: ['median', '95 % within', 'worst'],
        align: 'rrr',
        rows: [[duration(times.median), duration(times.p95), duration(times.worst)]],
      },
      text(of),
    ],
  };
}

function schedule({ schedule: kept, runs, errors, enabled }: CheckReport): Part {
  const title = 'Schedule';
  const all = text(`In the whole window ${counted(runs, 'run')} ended, whatever started them; ${count(errors)} could not look.`); // prettier-ignore
  if (!kept) {
    const reason = enabled
      ? 'Nothing of the schedule can be counted: the window is too short, or its single runs are gone.'
      : 'The check is disabled: nothing is scheduled.';
    return { title, blocks: [text(reason), all] };
  }
  return {
    title,
    blocks: [
      {
        form: 'table',
        header: ['expected', 'made', 'could not look', 'skipped or missed', 'success'],
        align: 'rrrrr',
        rows: [
          [...[kept.expected, kept.ran, kept.failed, kept.missed].map(count), kept.successRatio === null ? 'none was due' : percent(kept.successRatio)], // prettier-ignore
        ],
      },
      text(
        `Scheduled runs from ${moment(kept.since)} to ${moment(kept.until)}, by the schedule in force now.`,
      ),
      all,
    ],
  };
}

function slowest({ slowest: runs }: CheckReport): Part {
  const title = 'Slowest runs';
  if (runs.length === 0) return { title, blocks: [text('No run ended in this window.')] };
  return {
    title,
    blocks: [
      {
        form: 'table',
        header: ['started', 'took', 'started by', 'outcome'],
        align: 'lrll',
        rows: runs.map(({ startedAt, finishedAt, trigger, outcome }) => [
          moment(startedAt),
          duration(Math.max(0, finishedAt - startedAt)),
          trigger,
          outcome,
        ]),
      },
    ],
  };
}

function text(words: string): Block {
  return { form: 'text', text: words };
}

/** In a column, where words would be in the way. */
function rate(ratio: number | null): string {
  return ratio === null ? 'no data' : percent(ratio);
}

function deviation(ratio: number): string {
  const size = ratio * 100;
  return size > 0 && size < 0.01 ? 'below 0.01 points' : `${size.toFixed(2)} points`;
}
