/** Who is told, when Grafana's own Alertmanager tells them. It has no inhibition: docs/grafana.md. */
import { stringify } from 'yaml';
import { GROUP_BY, STEPS } from './alertmanager.ts';

const HEAD = `# Made from the catalogue by \`npm run generate\`: docs/grafana.md. It replaces the whole policy tree of the organisation.
# Grafana reads what is secret from its environment: LOCKSTEP_SLACK_URL, LOCKSTEP_PAGER_URL, LOCKSTEP_SMS_URL, LOCKSTEP_DEPLOY_URL,
# LOCKSTEP_HEARTBEAT_URL; and LOCKSTEP_ON_CALL, LOCKSTEP_SECOND_ON_CALL, LOCKSTEP_MANAGERS (addresses of e-mail).
`;

const TITLE = '{{ template "lockstep.title" . }}';
const TEXT = '{{ template "lockstep.text" . }}';

export function grafanaNotifications(): string {
  const file = {
    apiVersion: 1,
    contactPoints: contactPoints(),
    policies: [policy()],
    muteTimes: [
      {
        orgId: 1,
        name: 'lockstep-office-hours',
        time_intervals: [
          {
            weekdays: ['monday:friday'],
            times: [{ start_time: '08:00', end_time: '18:00' }],
            location: 'UTC',
          },
        ],
      },
    ],
    templates: [{ orgId: 1, name: 'lockstep', template: TEMPLATE }],
  };
  return HEAD + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

const TEMPLATE = `{{ define "lockstep.title" }}[{{ .Status | toUpper }}{{ if eq .Status "firing" }} {{ .CommonLabels.severity }}{{ end }}] {{ with index .Alerts 0 }}{{ .Annotations.summary }}{{ end }}{{ end }}
{{ define "lockstep.text" }}{{ range .Alerts }}{{ .Annotations.summary }}
{{ .Annotations.description }}
{{ if .Labels.check }}Check: {{ .Labels.check }}
{{ end }}{{ if .Labels.job_name }}Job: {{ .Labels.job_name }}
{{ end }}{{ if .Labels.source }}Source: {{ .Labels.source }}
{{ end }}{{ with .Values }}{{ if index . "query" }}Value: {{ index . "query" }}
{{ end }}{{ end }}Since: {{ .StartsAt.UTC.Format "2006-01-02 15:04 UTC" }}
What to do: {{ .Annotations.runbook_url }}
Open violations, and how long: {{ .Annotations.dashboard_url }}

{{ end }}{{ end }}
`;

const email = (uid: string, addresses: string): object => ({
  uid,
  type: 'email',
  settings: { addresses, singleEmail: true, subject: TITLE, message: TEXT },
});

const webhook = (uid: string, url: string, resolved = true): object => ({
  uid,
  type: 'webhook',
  disableResolveMessage: !resolved,
  settings: { url, httpMethod: 'POST', title: TITLE, message: TEXT },
});

const slack = (uid: string): object => ({
  uid,
  type: 'slack',
  settings: { url: '$LOCKSTEP_SLACK_URL', title: TITLE, text: TEXT },
});

function contactPoints(): object[] {
  const point = (name: string, ...receivers: object[]): object => ({ orgId: 1, name, receivers });
  return [
    point('tickets', slack('lockstep-tickets')),
    point('level-1', slack('lockstep-level-1-chat'), email('lockstep-level-1-mail', '$LOCKSTEP_ON_CALL')),
    point(
      'level-2',
      email('lockstep-level-2-mail', '$LOCKSTEP_SECOND_ON_CALL'),
      webhook('lockstep-level-2-pager', '$LOCKSTEP_PAGER_URL'),
    ),
    point(
      'level-3',
      email('lockstep-level-3-mail', '$LOCKSTEP_MANAGERS'),
      webhook('lockstep-level-3-sms', '$LOCKSTEP_SMS_URL', false),
    ),
    point('deployment', webhook('lockstep-deployment', '$LOCKSTEP_DEPLOY_URL')),
    point('heartbeat', webhook('lockstep-heartbeat', '$LOCKSTEP_HEARTBEAT_URL', false)),
  ];
}

const when = (label: string, value: string): object => ({ object_matchers: [[label, '=', value]] });

function policy(): object {
  const critical = when('severity', 'critical');
  return {
    orgId: 1,
    receiver: 'tickets',
    group_by: ['grafana_folder', ...GROUP_BY.map((label) => (label === 'alertname' ? 'rulename' : label))],
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '12h',
    routes: [
      {
        receiver: 'heartbeat',
        ...when('rulename', 'LockstepWatchdog'),
        group_wait: '0s',
        group_interval: '1m',
        repeat_interval: '1m',
      },
      {
        receiver: 'deployment',
        ...when('action', 'rollback'),
        group_wait: '0s',
        repeat_interval: '1h',
        continue: true,
      },
      {
        receiver: 'level-1',
        ...critical,
        group_interval: '1m',
        routes: STEPS.map(({ receiver, wait, repeat }, step) => ({
          receiver,
          ...critical,
          ...(step === 0 ? {} : { group_by: ['...'] }),
          group_wait: wait,
          repeat_interval: repeat,
          continue: step < STEPS.length - 1,
        })),
      },
      {
        receiver: 'tickets',
        ...when('severity', 'info'),
        active_time_intervals: ['lockstep-office-hours'],
        repeat_interval: '24h',
      },
    ],
  };
}
