/**
 * Who is told, when, and what silences what, as Alertmanager reads it:
 * https://prometheus.io/docs/alerting/latest/configuration/
 * Every field is known to Alertmanager 0.25, the one that Debian 12 has.
 */
import { stringify } from 'yaml';
import type { WatchedCheck } from './site.ts';

/** Alertmanager has no escalation: the same alert waits in three groups, and only what still fires and is not silenced leaves the later ones. */
export const STEPS = [
  { receiver: 'level-1', wait: '10s', repeat: '1h' },
  { receiver: 'level-2', wait: '15m', repeat: '1h' },
  { receiver: 'level-3', wait: '30m', repeat: '30m' },
] as const;

/** Not by instance: one page for ten pods. */
export const GROUP_BY = ['alertname', 'service', 'check', 'job_name', 'source'];

/** What the checks of a source are called; null when it is not known. */
export type SourceChecks = ReadonlyMap<string, readonly string[]> | null;

/** One exporter and its twins; `job` and `track` are target labels. Labels that neither of two alerts has are equal. */
const EXPORTER = ['service', 'job', 'track'];
const CHECK = [...EXPORTER, 'check'];
/** Of a host, too: a disk that is full on one says nothing of another. */
const SAME = [...CHECK, 'alertname', 'job_name', 'instance', 'mountpoint'];
export const SECRETS = '/etc/alertmanager/secrets';

const HEAD = `# Made from the catalogue by \`npm run generate\`. Yours to change: receivers and addresses. Secrets are read from files in
# ${SECRETS}: smtp_password, slack_url, and webhook_token, sms_token, deploy_token, heartbeat_token (bearer tokens).
# Several environments with one Alertmanager: give each Prometheus an external label of its own, such as cluster, and add it to every
# \`equal\` and \`group_by\` below, or what is down in one silences the others.
`;

export function alertmanagerConfig(sourceChecks: SourceChecks): string {
  const file = {
    global: {
      smtp_smarthost: 'smtp.example.test:587',
      smtp_from: 'lockstep@example.test',
      smtp_auth_username: 'lockstep',
      smtp_auth_password_file: `${SECRETS}/smtp_password`,
      slack_api_url_file: `${SECRETS}/slack_url`,
    },
    templates: ['lockstep.tmpl'],
    time_intervals: [
      {
        name: 'office-hours',
        time_intervals: [
          {
            weekdays: ['monday:friday'],
            times: [{ start_time: '08:00', end_time: '18:00' }],
            location: 'UTC',
          },
        ],
      },
    ],
    route: route(),
    inhibit_rules: inhibitions(sourceChecks),
    receivers: receivers(),
  };
  return HEAD + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

function route(): object {
  return {
    // what no route knows is still told
    receiver: 'tickets',
    group_by: GROUP_BY,
    // longer than the 10 s of level 1: what a critical alert silences must not be told before it
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '12h',
    routes: [
      {
        matchers: ['alertname="LockstepWatchdog"'],
        receiver: 'heartbeat',
        group_wait: '0s',
        group_interval: '30s',
        // a repeat leaves with the next group interval: one ping a minute
        repeat_interval: '50s',
      },
      {
        matchers: ['action="rollback"'],
        receiver: 'deployment',
        group_wait: '0s',
        repeat_interval: '1h',
        continue: true,
      },
      { matchers: ['severity="critical"'], receiver: 'level-1', group_interval: '1m', routes: staircase() },
      {
        matchers: ['severity="info"'],
        receiver: 'tickets',
        active_time_intervals: ['office-hours'],
        repeat_interval: '24h',
      },
    ],
  };
}

function staircase(): object[] {
  return STEPS.map(({ receiver, wait, repeat }, step) => ({
    receiver,
    // one group for each alert: one that joins a group that was told already would skip its wait
    ...(step === 0 ? {} : { group_by: ['...'] }),
    group_wait: wait,
    repeat_interval: repeat,
    continue: step < STEPS.length - 1,
  }));
}

export const EMAIL = {
  html: '{{ template "lockstep.html" . }}',
  text: '{{ template "lockstep.text" . }}',
  headers: { Subject: '{{ template "lockstep.title" . }}' },
  send_resolved: true,
};

/** @param token file of a bearer token; none when the receiver asks for none */
export const webhook = (url: string, token: string | undefined, resolved = true): object => ({
  url,
  send_resolved: resolved,
  max_alerts: 50,
  ...(token === undefined
    ? {}
    : { http_config: { authorization: { type: 'Bearer', credentials_file: `${SECRETS}/${token}` } } }),
});

export const slack = (channel: string): object => ({
  channel,
  send_resolved: true,
  title: '{{ template "lockstep.title" . }}',
  title_link: '{{ template "lockstep.link" . }}',
  text: '{{ template "lockstep.slack" . }}',
});

function receivers(): object[] {
  return [
    { name: 'tickets', slack_configs: [slack('#lockstep-tickets')] },
    {
      name: 'level-1',
      slack_configs: [slack('#lockstep-pages')],
      email_configs: [{ to: 'on-call@example.test', ...EMAIL }],
    },
    {
      name: 'level-2',
      email_configs: [{ to: 'second-on-call@example.test', ...EMAIL }],
      webhook_configs: [webhook('https://pager.example.test/lockstep', 'webhook_token')],
    },
    {
      name: 'level-3',
      email_configs: [{ to: 'managers@example.test', ...EMAIL }],
      webhook_configs: [webhook('https://sms-gateway.example.test/lockstep', 'sms_token', false)],
    },
    {
      name: 'deployment',
      webhook_configs: [webhook('https://deploy.example.test/lockstep', 'deploy_token')],
    },
    {
      name: 'heartbeat',
      webhook_configs: [webhook('https://heartbeat.example.test/lockstep', 'heartbeat_token', false)],
    },
  ];
}

const alertIs = (name: string): string => `alertname="${name}"`;

function inhibitions(sourceChecks: SourceChecks): object[] {
  return [
    // the same at a higher severity
    { source_matchers: ['severity="critical"'], target_matchers: ['severity=~"warning|info"'], equal: SAME },
    { source_matchers: ['severity="warning"'], target_matchers: ['severity="info"'], equal: SAME },
    // one fault, one page: trend, budget and the like say it in other words
    {
      source_matchers: [alertIs('LockstepConsistencyLow'), 'severity="critical"'],
      target_matchers: ['layer="data"', 'alertname!="LockstepConsistencyLow"'],
      equal: CHECK,
    },
    // a cause silences what follows from it
    {
      source_matchers: [alertIs('LockstepExporterDown')],
      target_matchers: ['layer=~"source|job|data|api|canary"', 'service="lockstep"'],
      equal: EXPORTER,
    },
    ...sourceDown(sourceChecks),
    // a check that goes on failing is told as that, not as what comes of it
    {
      source_matchers: [alertIs('LockstepCheckFailing'), 'severity="critical"'],
      target_matchers: ['alertname=~"LockstepCheckStale|LockstepCheckResultMissing"'],
      equal: CHECK,
    },
    {
      source_matchers: [alertIs('LockstepCheckFailing'), 'severity="critical"'],
      target_matchers: [alertIs('LockstepRolesFailingInARow')],
      equal: [...EXPORTER, 'job_name'],
    },
    {
      source_matchers: [alertIs('LockstepCheckNotRunning')],
      target_matchers: ['alertname=~"LockstepCheckStale|LockstepCheckResultMissing"'],
      equal: CHECK,
    },
    {
      source_matchers: [alertIs('LockstepCheckStale')],
      target_matchers: [alertIs('LockstepCheckResultMissing')],
      equal: CHECK,
    },
    // a page for what was seen before the data froze stays
    {
      source_matchers: [alertIs('LockstepCheckStale')],
      target_matchers: ['layer="data"', 'severity=~"warning|info"'],
      equal: CHECK,
    },
  ];
}

/** Alerts do not say which source a check reads; the configuration does. Without it, any source silences the jobs of all. */
function sourceDown(sourceChecks: SourceChecks): object[] {
  const down = alertIs('LockstepSourceDown');
  if (sourceChecks === null)
    return [{ source_matchers: [down], target_matchers: ['layer="job"'], equal: EXPORTER }];
  return [...sourceChecks].flatMap(([source, checks]) =>
    [`check=~"${checks.join('|')}"`, `job_name=~"(sync:)?(${checks.join('|')})"`].map((theirs) => ({
      source_matchers: [down, `source="${source}"`],
      target_matchers: ['layer="job"', theirs],
      equal: EXPORTER,
    })),
  );
}

/** Which checks read a source. */
export function bySource(
  checks: readonly (Pick<WatchedCheck, 'name'> & { readonly sources: readonly string[] })[],
): SourceChecks {
  const found = new Map<string, string[]>();
  for (const { name, sources } of checks)
    for (const source of sources) found.set(source, [...(found.get(source) ?? []), name]);
  return found;
}
