/** Who is told by that monitor → the same people, as Alertmanager writes it. */
import { stringify } from 'yaml';
import { EMAIL, GROUP_BY, SECRETS, slack, webhook } from '../alerts/alertmanager.ts';
import type { ForeignSettings } from './foreign-settings.ts';
import type { Told } from './told.ts';

const RECEIVER = 'role-system';
const DEFAULT_PORT = 587;
/** That port speaks TLS from the first byte; Alertmanager does so on it by itself, and must not be told of STARTTLS. */
const IMPLICIT_TLS_PORT = 465;

const HEAD = `# Made by \`lockstep import\`. Complete as it is; or move the receiver into the alertmanager.yml of \`lockstep alerts render\`,
# which brings lockstep.tmpl too. Secrets are read from files in ${SECRETS}; a \${NAME} is to be replaced, for example
# by envsubst: Alertmanager does not.
`;

/** One whole file of Alertmanager, or null when nobody is told. */
export function receiversFile(settings: ForeignSettings, told: Told): string | null {
  const email = emailOf(settings, told);
  const webhooks = webhookOf(settings, told);
  const slacks = slackOf(settings, told);
  const receiver = { ...email?.receiver, ...webhooks, ...slacks };
  if (Object.keys(receiver).length === 0) return null;
  const file = {
    ...(email ? { global: email.global } : {}),
    templates: ['lockstep.tmpl'],
    route: { receiver: RECEIVER, group_by: GROUP_BY },
    receivers: [{ name: RECEIVER, ...receiver }],
  };
  return HEAD + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Whether a channel is there and on; one that is off is told of as a whole. */
function isOn(settings: ForeignSettings, name: string, told: Told): boolean {
  const place = ['alerting', name];
  if (!settings.has(place)) return false;
  if (settings.flag(true, [...place, 'enabled'])) return true;
  settings.settle(place);
  told.lost(place.join('.'), 'it is off there, and was left out');
  return false;
}

function emailOf(
  settings: ForeignSettings,
  told: Told,
): { readonly global: object; readonly receiver: object } | null {
  if (!isOn(settings, 'email', told)) return null;
  const at = (...names: string[]): string[][] => names.map((name) => ['alerting', 'email', name]);
  const host = settings.text(...at('smtp_server', 'smtp_host', 'server', 'host'));
  const to = settings.list(...at('recipients', 'to', 'to_emails', 'to_addresses'));
  const port = settings.number(...at('smtp_port', 'port')) ?? DEFAULT_PORT;
  const user = settings.text(...at('username', 'smtp_username', 'smtp_user', 'user'));
  const from = settings.text(...at('from', 'from_email', 'from_address', 'sender')) ?? user;
  const tls = settings.flag(true, ...at('use_tls', 'smtp_use_tls', 'tls', 'starttls'));
  const password = settings.text(...at('password', 'smtp_password'));
  if (host === null || !/^[\w.-]+$/.test(host) || to.length === 0) {
    told.lost(
      'alerting.email',
      'it names no mail server by its host name, or nobody to write to, and was left out',
    );
    return null;
  }
  if (password !== null)
    told.secret(
      `put the password of the mail server into ${SECRETS}/smtp_password`,
      'alerting.email.password',
    );
  if (from === null) told.lost('alerting.email', 'it names no sender; lockstep@example.test stands in');
  const global = {
    smtp_smarthost: `${host}:${String(port)}`,
    smtp_from: from ?? 'lockstep@example.test',
    ...(user === null ? {} : { smtp_auth_username: user }),
    ...(password === null ? {} : { smtp_auth_password_file: `${SECRETS}/smtp_password` }),
    ...(tls && port !== IMPLICIT_TLS_PORT ? {} : { smtp_require_tls: false }),
  };
  return { global, receiver: { email_configs: [{ to: to.join(', '), ...EMAIL }] } };
}

function webhookOf(settings: ForeignSettings, told: Told): object {
  if (!isOn(settings, 'webhook', told)) return {};
  const at = (...names: string[]): string[][] => names.map((name) => ['alerting', 'webhook', name]);
  const address = addressOf(settings.text(...at('url', 'webhook_url')), 'alerting.webhook.url', told);
  const header = settings.text(
    ['alerting', 'webhook', 'headers', 'Authorization'],
    ['alerting', 'webhook', 'headers', 'authorization'],
  );
  const token = settings.text(...at('token', 'auth_token', 'bearer_token'));
  if (address === null) return {};
  if (header !== null && !/^bearer /i.test(header)) {
    told.lost('alerting.webhook.headers.Authorization', 'only a bearer token comes along');
  }
  const file = token !== null || (header !== null && /^bearer /i.test(header)) ? 'webhook_token' : undefined;
  if (file !== undefined)
    told.secret(`put the webhook's bearer token into ${SECRETS}/${file}`, 'in alerting.webhook');
  return { webhook_configs: [webhook(address, file)] };
}

/**
 * Any part of the address of a webhook but its host may be the secret that lets one in, and Alertmanager 0.25 takes an
 * address from nowhere but its file.
 */
function addressOf(url: string | null, place: string, told: Told): string | null {
  const parsed = url === null || !URL.canParse(url) ? null : new URL(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    told.lost(place, 'it is no web address, and its receiver was left out');
    return null;
  }
  const { origin, pathname, search, username } = parsed;
  if (pathname === '/' && search === '' && username === '') return origin;
  told.secret(
    `replace \${WEBHOOK_PATH} by what follows ${origin}/ (from Alertmanager 0.26 on: put the whole address into a file, as url_file)`,
    place,
  );
  if (username !== '')
    told.lost(`the user name in ${place}`, 'write it as http_config.basic_auth, with a password_file');
  return `${origin}/\${WEBHOOK_PATH}`;
}

function slackOf(settings: ForeignSettings, told: Told): object {
  if (!isOn(settings, 'slack', told)) return {};
  const url = settings.text(['alerting', 'slack', 'webhook_url'], ['alerting', 'slack', 'url']);
  const channel = settings.text(['alerting', 'slack', 'channel']) ?? '#alerts';
  if (url === null) {
    told.lost('alerting.slack', 'it has no webhook_url, and was left out');
    return {};
  }
  told.secret(`put the address of the Slack webhook into ${SECRETS}/slack_url`, 'alerting.slack.webhook_url');
  return { slack_configs: [{ api_url_file: `${SECRETS}/slack_url`, ...slack(channel) }] };
}
