/**
 * What a notification says: which check, how consistent, how many violations, how long, what to do, where to look.
 * https://prometheus.io/docs/alerting/latest/notifications/
 */
const HEAD = '{{/* Made by `npm run generate`: docs/alerts.md */}}\n';

/** One line for each fact that the alert has. */
const FACTS = [
  ['Check', '{{ .Labels.check }}', '.Labels.check'],
  ['Job', '{{ .Labels.job_name }}', '.Labels.job_name'],
  ['Source', '{{ .Labels.source }}', '.Labels.source'],
  ['Consistency', '{{ .Annotations.consistency }}', '.Annotations.consistency'],
  ['Open violations', '{{ .Annotations.open_violations }}', '.Annotations.open_violations'],
  ['Oldest', '{{ .Annotations.oldest_violation }}', '.Annotations.oldest_violation'],
] as const;

const since =
  '{{ .StartsAt.UTC.Format "2006-01-02 15:04 UTC" }}{{ if eq .Status "resolved" }} to {{ .EndsAt.UTC.Format "15:04 UTC" }}{{ end }}';

const lines = (line: (name: string, value: string) => string): string =>
  [
    ...FACTS.map(([name, value, has]) => `{{ if ${has} }}${line(name, value)}{{ end }}`),
    line('Since', since),
  ].join('');

const define = (name: string, body: string): string => `{{ define "lockstep.${name}" }}${body}{{ end }}\n`;

const link = (field: string, text: string): string =>
  `{{ if .Annotations.${field} }}<a href="{{ .Annotations.${field} }}">${text}</a> {{ end }}`;

export const NOTIFICATION_TEMPLATE = [
  HEAD,
  define(
    'title',
    '[{{ .Status | toUpper }}{{ if eq .Status "firing" }} {{ .CommonLabels.severity }}{{ end }}] {{ with index .Alerts 0 }}{{ .Annotations.summary }}{{ end }}{{ if gt (len .Alerts) 1 }} ({{ len .Alerts }} alerts){{ end }}',
  ),
  define('link', '{{ with index .Alerts 0 }}{{ .Annotations.dashboard_url }}{{ end }}'),
  define(
    'text',
    `{{ range .Alerts }}{{ .Annotations.summary }}
{{ .Annotations.description }}
${lines((name, value) => `${name}: ${value}\n`)}{{ with .Annotations.runbook_url }}What to do: {{ . }}\n{{ end }}{{ with .Annotations.dashboard_url }}Dashboard: {{ . }}\n{{ end }}
{{ end }}`,
  ),
  define(
    'slack',
    `{{ range .Alerts }}{{ .Annotations.description }}
${lines((name, value) => `*${name}:* ${value}\n`)}{{ with .Annotations.runbook_url }}<{{ . }}|What to do> {{ end }}{{ with .Annotations.dashboard_url }}<{{ . }}|Dashboard>{{ end }}
{{ end }}`,
  ),
  define(
    'html',
    `{{ range .Alerts }}<h3>{{ .Annotations.summary }}</h3>
<p>{{ .Annotations.description }}</p>
<table>${lines((name, value) => `<tr><td>${name}</td><td>${value}</td></tr>`)}</table>
<p>${link('runbook_url', 'What to do')}${link('dashboard_url', 'Dashboard')}</p>
{{ end }}`,
  ),
].join('');
