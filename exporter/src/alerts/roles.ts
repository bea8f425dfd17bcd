/** The second system: roles, users and the HTTP API before them. Its checks are told by their names. */
import { AFTER_FAILING } from './jobs.ts';
import { type Alert, bySeverity, type Group, KEEP, metric, WITHOUT_INSTANCE } from './rule.ts';
import { THRESHOLDS } from './thresholds.ts';

/** The names of its checks; those of the probes say what is measured. */
export const ROLE_CHECKS = {
  all: 'roles_.+',
  api: 'roles_api',
  query: 'roles_query_time',
  lookup: 'roles_lookup_time',
} as const;

const { roles } = THRESHOLDS;
const CHECK = 'Check {{ $labels.check }}';

const slow = (check: string, seconds: number): string =>
  `max ${WITHOUT_INSTANCE} (${metric('lockstep_check_latency_seconds', '', `check="${check}"`)}) > ${String(seconds)}`;

const failures = (window: string): string =>
  `sum ${WITHOUT_INSTANCE} (increase(${metric('lockstep_check_rows_inconsistent_total', '', `check="${ROLE_CHECKS.api}"`)}[${window}]))`;

const errors = (window: string): string => `
  ${failures(window)}
/
  sum ${WITHOUT_INSTANCE} (increase(${metric('lockstep_check_rows_evaluated_total', '', `check="${ROLE_CHECKS.api}"`)}[${window}]))`;

/** Two endpoints that are asked every five minutes are 24 probes an hour: below this, one failed probe is a percentage. Half: `increase` reckons. */
const FAILED_PROBES = 2.5;

const took = 'It took {{ $value | humanizeDuration }} to answer.';

export const ROLES: Group = {
  name: 'lockstep.roles',
  rules: [
    {
      alert: 'LockstepRolesApiSlow',
      severity: 'warning',
      layer: 'data',
      expr: slow(ROLE_CHECKS.api, roles.apiSeconds),
      for: '5m',
      summary: 'The API of the role system is slow',
      description: took,
    },
    {
      alert: 'LockstepRolesQuerySlow',
      severity: 'warning',
      layer: 'data',
      expr: slow(ROLE_CHECKS.query, roles.querySeconds),
      for: '5m',
      summary: 'The database of the role system is slow',
      description: took,
    },
    {
      alert: 'LockstepRolesLookupSlow',
      severity: 'critical',
      layer: 'data',
      expr: slow(ROLE_CHECKS.lookup, roles.lookupSeconds),
      for: '5m',
      keepFiringFor: KEEP,
      summary: 'Looking a role up is slow',
      description: took,
    },
    ...bySeverity(THRESHOLDS.roleErrors, (share): Omit<Alert, 'severity'> => ({
      alert: 'LockstepRolesErrors',
      layer: 'data',
      expr: `${errors('1h')}\n> ${String(share)}\nand ${failures('1h')} > ${String(FAILED_PROBES)}`,
      for: '5m',
      keepFiringFor: KEEP,
      summary: 'The API of the role system fails',
      description: '{{ $value | humanizePercentage }} of the probes of the last hour failed.',
    })),
    {
      alert: 'LockstepRolesFailingInARow',
      severity: 'critical',
      layer: 'job',
      expr: `max ${WITHOUT_INSTANCE} (${metric('lockstep_job_consecutive_failures', '', `job_name=~"${ROLE_CHECKS.all}"`)}) >= ${String(roles.failuresInARow)}`,
      ...AFTER_FAILING,
      summary: 'Job {{ $labels.job_name }} fails again and again',
      description: '{{ $value }} runs in a row could not look.',
    },
    {
      alert: 'LockstepRolesUptimeLow',
      severity: 'warning',
      layer: 'data',
      expr: `1 - (${errors('1d')}\n) < ${String(roles.uptime)}`,
      for: '10m',
      summary: 'The API of the role system was down too long',
      description: `${CHECK}: {{ $value | humanizePercentage }} of the probes of the last day succeeded.`,
    },
  ],
};
