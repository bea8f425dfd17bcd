import { parse } from 'yaml';
import { UserError } from '../core/errors.ts';
import { importMonitoring, type Imported } from './monitoring.ts';

const SECRETS = ['tok-4711', 'mail-pass', 'hook-path', 'hook-query', 'bearer-xyz', 'slack-part', 'api-pass'];

/** As that monitor writes it, with a secret in every place that may hold one. */
const WHOLE = {
  database_url: 'sqlite+libsql://roles.example.test?authToken=tok-4711&secure=true',
  api_url: 'https://api.example.test/',
  monitoring_interval: 300,
  alert_thresholds: {
    api_response_time: 3.0,
    query_time: 0.25,
    role_check_time: 2.0,
    error_rate: 0.1,
    consecutive_failures: 5,
    memory_usage: 0.9,
  },
  alerting: {
    email: {
      enabled: true,
      smtp_server: 'smtp.example.test',
      smtp_port: 2525,
      username: 'monitor',
      password: 'mail-pass',
      from_email: 'monitor@example.test',
      recipients: ['ops@example.test', 'dev@example.test'],
    },
    webhook: {
      enabled: true,
      url: 'https://hooks.example.test/hook-path?key=hook-query',
      headers: { Authorization: 'Bearer bearer-xyz' },
    },
    slack: { enabled: true, webhook_url: 'https://hooks.slack.example/slack-part', channel: '#roles' },
    pagerduty: { enabled: true, routing_key: 'tok-4711' },
  },
  log_retention_days: 30,
};

const imported = (settings: object): Imported =>
  importMonitoring('monitoring_config.json', JSON.stringify(settings));
const textOf = (result: Imported, name: string): string =>
  result.files.find((file) => file.name === name)?.text ?? '';

interface Written {
  sources: Record<string, Record<string, string>>;
  defaults: { schedule: string };
  checks: Record<string, Record<string, unknown>>;
}
const config = (result: Imported): Written => parse(textOf(result, 'lockstep.yaml')) as Written;

test('databases, API, interval and thresholds come along', () => {
  const { sources, defaults, checks } = config(imported(WHOLE));
  expect(sources).toEqual({
    roles: {
      engine: 'libsql',
      url: 'sqlite+libsql://roles.example.test?secure=true',
      authToken: '${DATABASE_AUTH_TOKEN}',
    },
    roles_api: { engine: 'http', url: 'https://api.example.test' },
  });
  expect(defaults.schedule).toBe('*/5 * * * *');
  expect(checks['roles_api']).toMatchObject({
    consecutiveFailures: 5,
    thresholds: { healthy: 0.98, degraded: 0.9 },
  });
  expect(JSON.stringify(checks['roles_api'])).toContain('"within":"3s","timeout":"10s"');
  expect(JSON.stringify(checks['roles_lookup_time'])).toMatch(/500ms.*2s/);
  expect(JSON.stringify(checks['roles_query_time'])).toMatch(/100ms.*250ms/);
  expect(Object.keys(checks).every((name) => name.startsWith('roles_'))).toBe(true);
});

test('who asks the API does so with the credentials that it had, from the environment', () => {
  const { sources } = config(imported({ api_url: 'https://api.example.test/v1/', api_token: 'tok-4711' }));
  expect(sources['roles_api']).toEqual({
    engine: 'http',
    url: 'https://api.example.test/v1',
    headers: { authorization: '${API_AUTHORIZATION}' },
  });
});

test('whom it tells becomes a receiver with its secrets in files', () => {
  const file = parse(textOf(imported(WHOLE), 'alertmanager.yml')) as {
    global: object;
    receivers: { email_configs: object[]; webhook_configs: object[]; slack_configs: object[] }[];
  };
  expect(file.global).toEqual({
    smtp_smarthost: 'smtp.example.test:2525',
    smtp_from: 'monitor@example.test',
    smtp_auth_username: 'monitor',
    smtp_auth_password_file: '/etc/alertmanager/secrets/smtp_password',
  });
  const [receiver] = file.receivers;
  expect(receiver?.email_configs).toMatchObject([{ to: 'ops@example.test, dev@example.test' }]);
  expect(receiver?.webhook_configs).toMatchObject([
    {
      url: 'https://hooks.example.test/${WEBHOOK_PATH}',
      http_config: { authorization: { credentials_file: '/etc/alertmanager/secrets/webhook_token' } },
    },
  ]);
  expect(receiver?.slack_configs).toMatchObject([
    { api_url_file: '/etc/alertmanager/secrets/slack_url', channel: '#roles' },
  ]);
});

test('no secret is repeated, and each is named with where to put it', () => {
  const result = imported({ ...WHOLE, api_url: 'https://user:api-pass@api.example.test' });
  for (const secret of SECRETS) expect(JSON.stringify(result)).not.toContain(secret);
  const named = result.secrets.join('\n');
  for (const where of [
    'DATABASE_AUTH_TOKEN',
    'API_AUTHORIZATION',
    'smtp_password',
    '${WEBHOOK_PATH}',
    'webhook_token',
    'slack_url',
  ])
    // prettier-ignore
    expect(named).toContain(where);
});

test('what has no place is listed by its name, in the file and in the answer', () => {
  const result = imported(WHOLE);
  const left = result.notCarried.map((line) => line.split(':')[0]);
  expect(left).toEqual([
    'alert_thresholds.api_response_time',
    'alert_thresholds.role_check_time',
    'alert_thresholds.query_time',
    'alert_thresholds.error_rate',
    'alert_thresholds.consecutive_failures',
    'alert_thresholds.memory_usage',
    'alerting.pagerduty.enabled',
    'alerting.pagerduty.routing_key',
    'log_retention_days',
  ]);
  for (const line of result.notCarried) expect(textOf(result, 'lockstep.yaml')).toContain(`#   ${line}\n`);
});

test('what the alerts do not go by is told with what they go by, unless it is the same', () => {
  const thresholds = { api_response_time: 5, query_time_ms: 500, role_check_time: 1, error_rate: 5 };
  const same = { ...thresholds, consecutive_failures: 3 };
  expect(imported({ api_url: 'http://127.0.0.1', alert_thresholds: same }).notCarried).toEqual([]);
  const told = imported(WHOLE).notCarried.join('\n');
  for (const alert of [
    'LockstepRolesApiSlow speaks from 5 s on',
    'LockstepRolesLookupSlow speaks from 1 s on',
    'LockstepRolesQuerySlow speaks from 0.5 s on',
    'LockstepRolesErrors speaks from 2 % on, and is critical from 5 % on',
    'LockstepRolesFailingInARow speaks after 3 runs that could not look',
  ])
    expect(told).toContain(`only the check goes by it; the alert ${alert}`);
});

test('a name cannot break out of the comment that lists it', () => {
  const result = imported({ api_url: 'http://127.0.0.1', 'x\nsources: {}\n': 1 });
  expect(Object.keys(config(result).sources)).toEqual(['roles_api']);
});

test('a channel that is off is left out, and told of once', () => {
  const { email } = WHOLE.alerting;
  const result = imported({ ...WHOLE, alerting: { email: { ...email, enabled: false } } });
  expect(result.files.map(({ name }) => name)).toEqual(['lockstep.yaml']);
  expect(result.notCarried.filter((line) => line.startsWith('alerting'))).toEqual([
    'alerting.email: it is off there, and was left out',
  ]);
});

test.each([
  [{ database_url: 'sqlite:///data/roles.db' }, 'file:data/roles.db'],
  [{ database_url: 'sqlite:////srv/roles.db' }, 'file:/srv/roles.db'],
  [{ database_url: 'libsql://roles.example.test' }, 'libsql://roles.example.test'],
  [{ database_url: 'libsql://roles.example.test?tls=a-secret#another' }, 'libsql://roles.example.test'],
  [{ database_url: 'https://user:api-pass@roles.example.test' }, '${DATABASE_URL}'],
  [{ database_url: '${ROLES}' }, '${ROLES}'],
])('%j is written as %s', (settings, url) => {
  const { sources, checks } = config(imported(settings));
  expect(sources['roles']?.['url']).toBe(url);
  expect(checks).not.toHaveProperty('roles_api');
});

test.each([
  [40, '*/30 * * * * *', 'every 30 s'],
  [60, '* * * * *', null],
  [420, '*/6 * * * *', 'every 360 s'],
  [7_200, '0 */2 * * *', null],
  [0, '*/5 * * * *', 'the default stands'],
])('an interval of %i s becomes %s', (seconds, cron, told) => {
  const result = imported({ api_url: 'http://127.0.0.1', monitoring_interval: seconds });
  expect(config(result).defaults.schedule).toBe(cron);
  expect(result.notCarried).toEqual(told === null ? [] : [expect.stringContaining(told)]);
});

test.each([
  ['5', 0.95],
  [0.03, 0.97],
  [50, 0.5],
])('an error rate of %j is a limit of %s', (given, degraded) => {
  const result = imported({ api_url: 'http://127.0.0.1', alert_thresholds: { error_rate: given } });
  expect(config(result).checks['roles_api']).toMatchObject({ thresholds: { degraded } });
});

test('a number that makes no sense leaves the default, and is told', () => {
  const thresholds = { error_rate: -1, consecutive_failures: 0, api_response_time: 0, query_time: 'soon' };
  const result = imported({ ...WHOLE, alerting: {}, alert_thresholds: thresholds, log_retention_days: {} });
  expect(result.notCarried.map((line) => line.split(':')[0]).sort()).toEqual([
    'alert_thresholds.api_response_time',
    'alert_thresholds.consecutive_failures',
    'alert_thresholds.error_rate',
    'alert_thresholds.query_time',
    'alerting',
    'log_retention_days',
  ]);
});

test.each([
  ['{"password": "mail-pass", oops', 'monitoring_config.json:1:'],
  ['["mail-pass"]', 'must be a JSON object'],
  ['{"a": 1}', 'neither a database_url nor an api_url'],
  ['{"database_url": "mysql://root:mail-pass@db"}', 'neither a database_url nor an api_url'],
])('%s is refused without a word of it', (text, message) => {
  const refused = (): Imported => importMonitoring('monitoring_config.json', text);
  expect(refused).toThrow(UserError);
  expect(refused).toThrow(message);
  expect(refused).not.toThrow('mail-pass');
});
