/** Serves the host page of every bundled line, the built plugin, what a line needs of Grafana's files, and the proxy. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { throughProxy } from './proxy.mjs';

const HOST = dirname(fileURLToPath(import.meta.url));
export const DIST = join(dirname(HOST), 'dist');
export const LINES = { g11: '11.6.16', g12: '12.4.10', g13: '13.2.2' };

const TYPES = {
  ...{ '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html', '.json': 'application/json' },
  ...{ '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2', '.map': 'application/json' },
};

/**
 * @param {{exporterUrl: string, token: string, port?: number}} options the token never leaves this process but for the exporter
 * @returns {Promise<{url: string, close: () => Promise<void>}>} on loopback
 */
export async function startHost({ exporterUrl, token, port = 0 }) {
  const plugins = builtPlugins();
  const datasource = JSON.parse(readFileSync(join(DIST, 'datasource', 'plugin.json'), 'utf8'));
  const settings = { jsonData: { exporterUrl }, secureJsonData: { token } };
  const server = createServer((request, response) => {
    answer(request)
      .catch((error) => ({ status: 500, type: 'text/plain', body: Buffer.from(String(error)) }))
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
      });
  });

  async function answer(request) {
    // not through URL, which would normalise what the proxy must see as it was sent
    const [path, search = ''] = request.url.split(/(?=\?)/);
    const proxied = /^\/api\/datasources\/proxy\/uid\/[^/]+\/(.*)$/.exec(path);
    if (proxied) {
      const role = request.headers['x-host-role'] ?? 'Viewer';
      const body = request.method === 'GET' ? undefined : await bodyOf(request);
      return throughProxy(datasource, settings, {
        method: request.method,
        path: proxied[1],
        search,
        role,
        user: role.toLowerCase(),
        body,
      });
    }
    return staticFile(decodeURIComponent(path), request.headers.referer ?? '', plugins);
  }

  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

function staticFile(path, referer, plugins) {
  const [, line, view] = /^\/(g\d+)(?:\/(scene))?\/?$/.exec(path) ?? [];
  if (line && LINES[line]) {
    return { status: 200, type: 'text/html', body: Buffer.from(page(line, view)) };
  }
  const from = referer.match(/\/(g\d+)/)?.[1] ?? 'g13';
  const routes = [
    [/^\/host\/(g\d+)\/((?:host|scene)\.(?:js|css))$/, (_, of, name) => join(HOST, 'out', of, name)],
    [/^\/public\/plugins\/([^/]+)\/(.*)$/, (_, id, name) => plugins.has(id) && join(plugins.get(id), name)],
    [
      /img\/icons\/(.*\.svg)$/,
      (_, name) => join(HOST, 'lines', from, 'node_modules/@grafana/ui/dist/public/img/icons', name),
    ],
    [
      /\/fonts\/inter\/(.*)$/,
      (_, name) =>
        join(
          HOST,
          'node_modules/@fontsource/inter/files',
          `inter-latin-${/Medium/.test(name) ? 500 : 400}-normal.woff2`
        ),
    ],
    [
      /\/fonts\/roboto\//,
      () => join(HOST, 'node_modules/@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2'),
    ],
    [/^\/systemjs\/(.*)$/, (_, name) => join(HOST, 'node_modules/systemjs/dist', name)],
  ];
  for (const [pattern, locate] of routes) {
    const found = pattern.exec(path);
    const file = found && locate(...found);
    if (file && file.startsWith(dirname(HOST) + sep) && existsSync(file) && statSync(file).isFile()) {
      return { status: 200, type: TYPES[extname(file)] ?? 'application/octet-stream', body: readFileSync(file) };
    }
  }
  return { status: 404, type: 'application/json', body: Buffer.from('{"message":"not found"}') };
}

/** Plugin id → folder, of every built plugin.json: the app and those nested in it. */
function builtPlugins() {
  const folders = [DIST, ...readdirSync(DIST).map((name) => join(DIST, name))];
  const built = folders.filter((folder) => existsSync(join(folder, 'plugin.json')));
  return new Map(built.map((folder) => [JSON.parse(readFileSync(join(folder, 'plugin.json'), 'utf8')).id, folder]));
}

function page(line, script = 'host') {
  const bootData = {
    settings: {
      buildInfo: { version: LINES[line], env: 'production' },
      ...{ appSubUrl: '', appUrl: '/', featureToggles: {}, datasources: {}, panels: {}, apps: {}, bootData: {} },
    },
    user: { id: 1, orgId: 1, orgRole: 'Viewer', isSignedIn: true, timezone: 'utc', locale: 'en-US', language: 'en-US' },
    navTree: [],
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Lockstep in the packages of Grafana ${LINES[line]}</title>
<base href="/"><link rel="icon" href="data:,"><link rel="stylesheet" href="/host/${line}/${script}.css">
<script>window.__grafana_public_path__ = '/public/'; window.grafanaBootData = ${JSON.stringify(bootData)};</script>
</head>
<body>
<div id="root"></div>
<script src="/host/${line}/${script}.js"></script>
<script src="/systemjs/system.js"></script>
<script src="/systemjs/extras/amd.js"></script>
<script>__start()</script>
</body>
</html>`;
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return chunks.length === 0 ? undefined : Buffer.concat(chunks);
}
