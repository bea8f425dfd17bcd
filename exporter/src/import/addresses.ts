/** Where that monitor looks: its database and its API, without the secrets that stand in the addresses. */
import type { RoleSystem } from '../config/role-system.ts';
import type { ForeignSettings } from './foreign-settings.ts';
import type { Told } from './told.ts';

const PLACEHOLDER = /^\$\{[A-Za-z_]\w*\}$/;
/** As SQLAlchemy writes them, and as libSQL does. */
const LIBSQL = /^(?:sqlite(?:\+libsql)?|libsql|file|wss?|https?):/;
const KEPT_PARAMETERS = ['secure', 'tls'];
const SWITCH = /^(?:0|1|true|false)$/i;
const TOKEN_PARAMETERS = ['authToken', 'auth_token', 'jwt'];

export function database(settings: ForeignSettings, told: Told): RoleSystem['database'] {
  const text = settings.text(['database_url'], ['database', 'url'], ['db_url']);
  const ownToken = settings.text(['database_auth_token'], ['turso_auth_token'], ['database', 'auth_token']);
  if (text === null) return null;
  if (PLACEHOLDER.test(text)) return { url: text, authToken: tokenPlaceholder(ownToken, told) };
  if (!LIBSQL.test(text)) {
    told.lost('database_url', 'only libSQL and SQLite come along; the checks of the database were left out');
    return null;
  }
  const { url, token } = withoutToken(text);
  return { url: publicAddress(url, told), authToken: tokenPlaceholder(ownToken ?? token, told) };
}

/** Of the query only what is known to be no secret comes along. */
function withoutToken(text: string): { readonly url: string; readonly token: string | null } {
  const [address = ''] = text.split('#', 1);
  const [url = '', query = ''] = address.split('?', 2);
  const parameters = new URLSearchParams(query);
  const token = TOKEN_PARAMETERS.map((name) => parameters.get(name)).find((value) => value !== null) ?? null;
  const kept = KEPT_PARAMETERS.flatMap((name) => {
    const value = parameters.get(name);
    return value !== null && SWITCH.test(value) ? [`${name}=${value}`] : [];
  });
  return { url: kept.length === 0 ? url : `${url}?${kept.join('&')}`, token };
}

function tokenPlaceholder(token: string | null, told: Told): string | null {
  if (token === null) return null;
  if (PLACEHOLDER.test(token)) return token;
  told.secret('set DATABASE_AUTH_TOKEN to the token of the database', 'database_url or beside it');
  return '${DATABASE_AUTH_TOKEN}';
}

function publicAddress(url: string, told: Told): string {
  // sqlite:///roles.db is a path from here, sqlite:////data/roles.db an absolute one
  const file = /^sqlite(?:\+libsql)?:\/\/\/(.+)$/.exec(url)?.[1];
  if (file !== undefined) return `file:${file}`;
  if (!/^[a-z+]+:\/\/[^/]*@/.test(url)) return url;
  told.secret('set DATABASE_URL to the address of the database', 'database_url');
  return '${DATABASE_URL}';
}

export function api(settings: ForeignSettings, told: Told): RoleSystem['api'] {
  const text = settings.text(['api_url'], ['api', 'url'], ['api_base_url']);
  const token = settings.text(['api_token'], ['api', 'token'], ['api_key']);
  if (text === null) return null;
  const bearer = authorization(token, 'Bearer and the token', 'api_token', told);
  if (PLACEHOLDER.test(text)) return { url: text, authorization: bearer };
  const parsed = URL.canParse(text) ? new URL(text) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    told.lost('api_url', 'it is no web address; the checks of the API were left out');
    return null;
  }
  if (parsed.search !== '' || parsed.hash !== '') told.lost('api_url', 'what follows ? or # was left out');
  const user = parsed.username === '' ? null : parsed.username;
  return {
    url: `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, ''),
    authorization: bearer ?? authorization(user, 'Basic and the base64 of user:password', 'api_url', told),
  };
}

function authorization(secret: string | null, what: string, place: string, told: Told): string | null {
  if (secret === null) return null;
  told.secret(`set API_AUTHORIZATION to ${what}`, place);
  return '${API_AUTHORIZATION}';
}
