/**
 * Grafana's data source proxy, as far as plugin routes go (pkg/api/pluginproxy/ds_proxy.go, validateRequest and
 * ApplyRoute), driven by the built plugin.json: the first route whose method and path prefix fit decides.
 */
import { posix } from 'node:path';

const RANK = { Viewer: 1, Editor: 2, Admin: 3 };

/**
 * @param {{routes: {path: string, method?: string, reqRole?: string, url: string, headers?: {name: string, content: string}[]}[]}} plugin
 * @param {{jsonData: Record<string, string>, secureJsonData: Record<string, string>}} settings of the data source
 * @param {{method: string, path: string, search: string, role: string, user: string, body: Buffer | undefined}} asked
 *   `path` as it was sent: below `/api/datasources/proxy/uid/<uid>/`
 */
export async function throughProxy(plugin, settings, asked) {
  const path = posix.normalize(`/${decodeURIComponent(asked.path)}`).slice(1);
  const fits = ({ method, path: prefix }) => (!method || method === asked.method) && path.startsWith(prefix);
  const route = plugin.routes.find(fits);
  // Grafana would forward it to the data source's own url, which is empty, and without the token
  if (!route) {
    return message(502, 'no route of the plugin matches');
  }
  if (route.reqRole && (RANK[asked.role] ?? 0) < RANK[route.reqRole]) {
    return message(403, 'plugin proxy route access denied');
  }
  const fill = (template) =>
    template.replace(
      /\{\{\s*\.(JsonData|SecureJsonData)\.(\w+)\s*\}\}/g,
      (_, where, name) => (where === 'JsonData' ? settings.jsonData : settings.secureJsonData)[name] ?? ''
    );
  // as it was sent: what is encoded stays encoded
  const rest = asked.path.slice(route.path.length).replace(/^\//, '');
  const target = `${fill(route.url)}${rest === '' ? '' : `/${rest}`}${asked.search}`;
  const own = Object.fromEntries((route.headers ?? []).map(({ name, content }) => [name, fill(content)]));
  // [dataproxy] send_user_header
  const headers = { 'content-type': 'application/json', 'x-grafana-user': asked.user, ...own };
  try {
    const answer = await fetch(target, { method: asked.method, headers, body: asked.body, redirect: 'manual' });
    const body = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get('content-type') ?? 'application/json';
    return { status: answer.status === 401 ? 400 : answer.status, type, body };
  } catch {
    return message(502, 'the exporter does not answer');
  }
}

function message(status, text) {
  return { status, type: 'application/json', body: Buffer.from(JSON.stringify({ message: text })) };
}
