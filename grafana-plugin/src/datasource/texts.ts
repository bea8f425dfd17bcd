/** Every text of the data source's editors, in one place to be translated. */
import type { EventType, LockstepQueryType, LockstepVariableQuery } from './query';

export const CONFIG = {
  url: 'Exporter URL',
  urlHelp: 'As seen from Grafana’s server, without a path',
  urlProtocol: 'Enter an address like http://lockstep:9464',
  urlPath: 'Enter the address without a path',
  urlPassword: 'Enter the address without a user name',
  token: 'Token',
  tokenHelp: 'One of http.tokens of the exporter; it stays on Grafana’s server',
  rolesTitle: 'Who may do what',
  roles:
    'With an admin token, Viewers of Grafana see numbers, Editors see rows and run checks, Admins repair. With a viewer token everybody sees numbers only.',
} as const;

export const QUERY = {
  type: 'Show',
  check: 'Check',
  checkHelp: 'Empty: the check that needs looking at first',
  allChecks: 'Every check',
  kinds: 'Kinds',
  state: 'State',
  search: 'Search',
  searchHelp: 'Text within the key, in any case',
  sort: 'Sort by',
  order: 'Order',
  limit: 'Limit',
  violation: 'Violation',
  violationHelp: 'The id of one violation',
  values: 'Values of',
  field: 'Key field',
  events: 'Events',
} as const;

export const QUERY_TYPE_TEXTS: Readonly<Record<LockstepQueryType, { label: string; description: string }>> = {
  status: { label: 'Status', description: 'One check now: a single row' },
  checks: { label: 'Checks', description: 'Every check now, one row each' },
  violations: { label: 'Violations', description: 'The rows that break a check (Editors)' },
  violation: { label: 'Violation life', description: 'What happened to one violation (Editors)' },
  history: { label: 'History', description: 'A check over time' },
  runs: { label: 'Runs', description: 'Status, outcome and duration of each run' },
  jobs: { label: 'Jobs', description: 'Everything on a schedule' },
};

export const EVENT_TEXTS: Readonly<Record<EventType, string>> = {
  status_changes: 'Status changes',
  failed_runs: 'Runs that could not look',
  deployments: 'Deployments',
};

export const VARIABLE_TEXTS: Readonly<Record<LockstepVariableQuery['values'], string>> = {
  checks: 'Checks',
  kinds: 'Violation kinds',
  field: 'A key field of open violations (Editors)',
};
