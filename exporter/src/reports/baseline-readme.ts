/** What a baseline means and what to do about it, in words that fit its numbers. Pure. */
import { DRIFT_LIMITS, type Baseline, type Part } from '../core/baseline.ts';
import type { Check } from '../core/check.ts';
import { consistencyRatio, statusOf, type Status } from '../core/status.ts';
import type { Disagreement } from '../core/violation.ts';
import { count, counted, moment, percent } from './figures.ts';
import { code, plain, table } from './markdown-text.ts';

/** What the run that is remembered said, from its exact counts. */
export function baselineStatus({ checked, consistent }: Baseline, check: Check): Status {
  if (checked === 0 && check.onEmpty === 'pass') return 'healthy';
  return statusOf(checked, consistent, check.thresholds);
}

export function baselineReadme(baseline: Baseline, part: Part<Disagreement>, check: Check): string {
  const { checked, consistent, inconsistent, capped } = baseline;
  const ratio = consistencyRatio(checked, consistent);
  const status = baselineStatus(baseline, check);
  return `${[
    `# Baseline “${plain(baseline.name)}” of ${plain(check.name)}`,
    ...(check.description === null ? [] : [plain(check.description)]),
    origin(baseline),
    '## Totals',
    table(
      ['', ''],
      [
        ['Keys checked', count(checked)],
        ['Consistent', count(consistent)],
        ['Inconsistent', count(inconsistent)],
        ['Consistency rate (rounded down)', percent(ratio)],
        ['Status', `**${status}**`],
        [
          'Violations followed row by row',
          `${count(part.rows.length)}${capped ? ' (more were counted)' : ''}`,
        ],
      ],
      'lr',
    ),
    ...kinds(baseline),
    '## Thresholds',
    thresholds(check),
    '## What it means',
    meaning(status, baseline),
    '## Next steps',
    nextSteps(status, baseline, check),
    '## Escalation',
    escalation(ratio, check),
    '## Files',
    [
      `- ${code('baseline_*.json')}: the numbers on this page.`,
      `- ${code('baseline_violations.json')}: the violations of that moment, row by row. Rows name people; keep it where they may be.`,
      `- ${code('KNOWN_VIOLATIONS.md')}: the same, summed up by kind, by difference and by key field.`,
    ].join('\n'),
  ].join('\n\n')}\n`;
}

function origin({ createdAt, createdBy, runId, runAt, note, id }: Baseline): string {
  const lines = [
    `Made ${moment(createdAt)} by ${plain(createdBy)}, of the run that ended ${moment(runAt)} (run ${code(runId)}, baseline ${code(id)}).`,
  ];
  if (note !== null) lines.push(`> ${plain(note)}`);
  return lines.join('\n\n');
}

function kinds({ counts }: Baseline): string[] {
  const rows = Object.entries(counts).map(([kind, n]) => [plain(kind), count(n)]);
  return rows.length === 0 ? [] : [table(['violation kind', 'counted'], rows, 'lr')];
}

function thresholds({ thresholds: { healthy, degraded } }: Check): string {
  return table(
    ['status', 'consistency rate'],
    [
      ['healthy', `${percent(healthy)} and above`],
      ['degraded', `${percent(degraded)} and above`],
      ['critical', `below ${percent(degraded)}`],
    ],
  );
}

function meaning(status: Status, { checked, inconsistent }: Baseline): string {
  if (checked === 0)
    return status === 'healthy'
      ? 'There was nothing to check, and the configuration says that this is fine (`onEmpty: pass`). There is no rate to compare with.'
      : 'There was nothing to check, which is not the same as consistent. There is no rate to compare with; make another baseline once there are rows.';
  if (inconsistent === 0) return 'Every key agreed. Any violation from here on is new.';
  const some = `${counted(inconsistent, 'key')} of ${count(checked)} disagreed`;
  if (status === 'healthy')
    return `${some}, which is within what the thresholds call healthy. They are old cases: settle or accept them, so that a new one stands out.`;
  if (status === 'degraded')
    return `${some}, which is more than the thresholds call healthy. It is a starting point to improve on, not a state to keep.`;
  return `${some}, which is critical. This baseline shows how far there is to go; it is no measure of a sound system.`;
}

function nextSteps(status: Status, { checked, inconsistent }: Baseline, { name }: Check): string {
  const steps = [
    ...(checked === 0
      ? ['Find out why there was nothing to check: the tables, `where`, and the source that the check names.']
      : []),
    ...(status === 'critical' || status === 'degraded'
      ? [
          'Find what makes the rows disagree before you mend them, or they come back: start with the largest group in `KNOWN_VIOLATIONS.md`.',
        ]
      : []),
    ...(inconsistent > 0
      ? [
          'Mend what can be mended, by the recommended action of each kind.',
          'Mark what must stay for a while as known, with a reason, a ticket and a day on which it is looked at again.',
        ]
      : []),
    `Compare after each change: ${code(`lockstep baseline compare ${name}`)} tells the drift, and what is new, resolved and still there.`,
    `Read the report after the first three days: ${code(`lockstep report stabilization --window 72h --check ${name}`)}.`,
    'Make a new baseline once the numbers have settled on a better level; this one stays to be compared with.',
  ];
  return steps.map((step, i) => `${String(i + 1)}. ${step}`).join('\n');
}

function escalation(
  ratio: number | null,
  { owner, runbook, severity, thresholds: { degraded } }: Check,
): string {
  const at = (drop: number): string =>
    ratio === null ? '' : ` (a rate below ${percent(Math.max(0, ratio - drop))})`;
  const { investigate, escalate } = DRIFT_LIMITS;
  const who =
    owner === null
      ? 'The configuration names no owner for this check, so that it falls to whoever runs Lockstep; `owner` of the check changes that.'
      : `The owner of these rows is ${plain(owner)}.`;
  const where =
    runbook === null
      ? 'The configuration names no runbook of its own; the runbooks of the alerts apply.'
      : `The runbook is ${plain(runbook)}.`;
  return [
    `${who} ${where} The check has the severity ${severity}.`,
    table(
      ['when', 'then'],
      [
        [
          `more than ${String(investigate * 100)} points below this baseline${at(investigate)}`,
          'look into it the same day',
        ],
        [
          `more than ${String(escalate * 100)} points below it${at(escalate)}`,
          'call the owner at once; stop the deployment that is under way',
        ],
        [`status critical (below ${percent(degraded)})`, 'call the owner at once'],
        [
          'a run could not look, or runs are missing',
          'see to the source and the schedule first: the numbers are not of now',
        ],
      ],
    ),
  ].join('\n\n');
}
