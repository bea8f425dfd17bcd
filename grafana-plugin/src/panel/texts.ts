/** Every text of the panel, in one place to be translated. */
import type { Run, Status } from '../datasource/api';
import type { Section, COMMON_COLUMNS } from './options';

export const OPTIONS = {
  check: 'Check',
  checkHelp: 'Name or variable; empty: the check of the query',
  sections: 'Sections shown',
  hiddenColumns: 'Columns left out',
  hiddenColumnsHelp: 'Names of columns; fields of the check can be typed in',
  pageSize: 'Rows of a page',
  compact: 'Compact',
} as const;

export const SECTION_TEXTS: Readonly<Record<Section, string>> = {
  status: 'Status and consistency',
  numbers: 'Numbers',
  table: 'Violations',
};

export const COLUMN_TEXTS: Readonly<Record<(typeof COMMON_COLUMNS)[number], string>> = {
  difference: 'Difference',
  kind: 'Kind',
  recommended_action: 'Recommended action',
  first_seen: 'First seen',
  age: 'Age',
  state: 'State',
};

export const STATUS_TEXTS: Readonly<Record<Status, string>> = {
  healthy: 'Healthy',
  degraded: 'Degraded',
  critical: 'Critical',
  unknown: 'Unknown',
};

export const HEADER = {
  gauge: (check: string) => `Consistency of ${check}`,
  noRatio: 'not known yet',
  held: (since: string) => `held since ${since}`,
  heldHelp: 'The source cannot be looked at. These are the numbers of the last check, not of now.',
  checked: 'Checked',
  open: 'Open violations',
  known: 'Known',
  drift: 'Against baseline',
  attention: 'Requires attention',
  yes: 'Yes',
  no: 'No',
  lastCheck: 'Last check',
  nextCheck: 'Next check',
  duration: 'Duration',
  never: 'never',
  unscheduled: 'not scheduled',
} as const;

export const TABLE = {
  search: 'Search keys',
  kindLabel: 'Filter by kind',
  stateLabel: 'Filter by state',
  states: { open: 'Open', known: 'Known', resolved: 'Resolved', all: 'All' },
  select: 'Select',
  selectPage: 'Select every row of this page',
  selectOne: (key: string) => `Select ${key}`,
  details: 'Details',
  detailsOf: (key: string) => `Details of ${key}`,
  previous: 'Previous page',
  next: 'Next page',
  first: 'First page',
  range: (from: number, to: number, total: number) => (total === 0 ? 'No violation' : `${from}–${to} of ${total}`),
  nothingMatches: 'No violation matches the filter.',
  capped: (followed: number, counted: number) =>
    `${counted} violations were counted; ${followed} are followed row by row and listed (maxViolations of the check).`,
  export: 'Export',
  exportAs: (format: string) => `Export as ${format}`,
  exporting: (done: number, total: number) => `Exporting ${done} of ${total} …`,
  exportFailed: 'The export failed',
  signed: (right: string, left: string) => `${right} minus ${left}`,
  redacted: 'redacted',
  absent: 'absent',
} as const;

export const DRAWER = {
  title: 'Violation',
  sides: 'Values',
  field: 'Field',
  now: 'Now',
  firstSeen: 'When first seen',
  life: 'Life',
  rows: 'Rows as they are now',
  noRow: 'There is no row now.',
  unreadable: 'The rows cannot be read now',
  copy: 'Copy key',
  copied: 'Copied',
  runbook: 'Runbook',
  history: 'History of the check',
  loading: 'Reading the rows …',
  failed: 'The violation cannot be shown',
  seen: (times: number) => `seen ${times} ${times === 1 ? 'time' : 'times'}`,
} as const;

export const EVENT_TEXTS: Readonly<Record<string, string>> = {
  opened: 'Opened',
  changed: 'Changed',
  resolved: 'Resolved',
  reopened: 'Reopened',
  marked: 'Marked as known',
  unmarked: 'Mark taken back',
  expired: 'Mark expired',
};

export const KNOWN = {
  selected: (count: number) => `${count} selected`,
  clear: 'Clear selection',
  mark: 'Mark as known …',
  unmark: 'Take mark back',
  title: (count: number) => `Accept ${count} ${count === 1 ? 'violation' : 'violations'} for a while`,
  help: 'They leave the open violations and the alerts until their values change, the mark expires or somebody takes it back. They stay inconsistent.',
  reason: 'Reason',
  reasonHelp: 'Needed; everybody sees it, and the audit trail keeps it',
  ticket: 'Ticket',
  ticketHelp: 'A link, if there is one',
  ticketWrong: 'A link begins with https:// or http://',
  expires: 'Expires',
  expiries: { 1: 'in a day', 7: 'in 7 days', 30: 'in 30 days', 0: 'never' },
  submit: 'Mark as known',
  cancel: 'Cancel',
  marked: (count: number) => `${count} marked as known.`,
  unmarked: (count: number) => `${count} open again.`,
  skipped: (count: number, reason: string) => ` ${count} skipped: ${reason}.`,
  by: (who: string, when: string) => `${who}, ${when}`,
  until: (when: string) => `until ${when}`,
  forever: 'without an end',
  config: 'from the configuration file',
} as const;

/** What every act says while it is going on, and when it was not done. */
export const ACT = {
  working: 'Asking the exporter …',
  failed: 'The exporter refused',
} as const;

export const BASELINE = {
  open: 'Baseline',
  viewer: 'Comparing rows needs the role Editor in Grafana',
  title: 'Baseline',
  loading: 'Reading the baselines …',
  failed: 'The baselines cannot be read',
  none: 'No run of this check is remembered yet.',
  compareWith: 'Compare with',
  by: (who: string, when: string) => `${who}, ${when}`,
  comparison: 'What has changed since',
  comparing: 'Comparing …',
  notCompared: 'The comparison cannot be made',
  drift: 'Drift',
  then: (when: string) => `Then (${when})`,
  now: (when: string) => `Now (${when})`,
  new: 'New',
  resolved: 'Resolved',
  still: 'Still there',
  some: (shown: number, total: string) => `${shown} of ${total} are listed.`,
  capped: 'More violations were counted than are followed row by row, so the lists are not complete.',
  remember: 'Remember the newest run',
  rememberHelp: 'It is what metrics, alerts and reports compare with from then on.',
  name: 'Name',
  note: 'Note',
  create: 'Remember',
  created: (name: string) => `“${name}” is the baseline from now on.`,
} as const;

export const REPORT = {
  open: 'Report',
  kinds: { daily: 'Daily report', weekly: 'Weekly report', stabilization: 'Stabilization report' },
  windows: { daily: 'The last 24 hours', weekly: 'The last 7 days', stabilization: 'The last 72 hours' },
  saved: (name: string) => `Saved as ${name}.`,
} as const;

export const RUN = {
  now: 'Run check now',
  running: (seconds: number) => `Running for ${seconds} s …`,
  viewer: 'Running a check needs the role Editor in Grafana',
  failed: 'The check could not be run',
  lost: 'The run cannot be followed any more; it may still be going on.',
} as const;

export function runResult({ outcome, result, duration_seconds: seconds }: Run): string {
  const took = seconds === null ? '' : ` in ${seconds} s`;
  if (outcome === 'error') {
    return `It could not look${took}.`;
  }
  if (outcome === 'pass') {
    return `Nothing wrong among ${result?.checked ?? 0}${took}.`;
  }
  return `${result?.inconsistent ?? 0} of ${result?.checked ?? 0} violate it${took}.`;
}

export const NOTICE = {
  loading: 'Reading the state of the check …',
  noQuery: 'Add a query “Status” of a Lockstep data source to this panel.',
  noDatasource: 'The data source of this panel cannot be loaded.',
  pending: 'The first run of this check is still to come.',
  disabled: 'This check is disabled in the exporter’s configuration: its numbers do not move.',
  healthy: (checked: number, when: string) => `Nothing wrong: ${checked} checked at ${when}.`,
  empty: 'What should hold rows is empty. Zero rows checked is not “consistent”.',
  sourceDown: (since: string) => `The source cannot be looked at. The numbers are those of ${since}.`,
  neverLooked: 'The source could not be looked at yet, so nothing is known.',
  viewer: 'Rows need the role Editor in Grafana. The numbers are complete.',
  unreachable: 'The exporter does not answer',
  unreachableHelp:
    'What is shown below is what it said last, if anything. Check that it runs and that Grafana’s server reaches it.',
  unauthorized: 'The exporter refuses the token',
  unauthorizedHelp: 'Enter a valid token in the settings of the data source.',
  forbidden: 'No permission',
  unknownCheck: 'The exporter does not know this check',
  tooMany: 'The exporter answers: too many requests',
  failed: 'The exporter could not answer',
  rowsFailed: 'The violations cannot be read',
} as const;
