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
  states: { open: 'Open', resolved: 'Resolved', all: 'All' },
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
  sides: 'Values of both sides',
  field: 'Field',
  now: 'Now',
  firstSeen: 'When first seen',
  life: 'Life',
  rows: 'Rows as they are now',
  noRow: 'There is no row on this side.',
  unreadable: 'The rows cannot be read now',
  copy: 'Copy key',
  copied: 'Copied',
  runbook: 'Runbook',
  history: 'History of the check',
  loading: 'Reading both sides …',
  failed: 'The violation cannot be shown',
  seen: (times: number) => `seen ${times} ${times === 1 ? 'time' : 'times'}`,
} as const;

export const EVENT_TEXTS: Readonly<Record<string, string>> = {
  opened: 'Opened',
  changed: 'Changed',
  resolved: 'Resolved',
  reopened: 'Reopened',
};

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
  empty: 'A side that should hold rows is empty. Zero rows checked is not “consistent”.',
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
