/**
 * What the reviewers of Grafana's catalog look at and can be checked offline.
 * Their list: https://grafana.com/developers/plugin-tools/publish-a-plugin/publish-or-update-a-plugin#plugin-validation
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..');
const FOLDERS = ['src', 'src/datasource', 'src/panel'];

interface PluginJson {
  id: string;
  type: string;
  name: string;
  info: {
    description: string;
    keywords: string[];
    version: string;
    logos: { small: string; large: string };
    screenshots: Array<{ name: string; path: string }>;
  };
  includes?: Array<{ type: string; name: string; path: string }>;
  dependencies: { grafanaDependency: string };
  routes?: Array<{
    path: string;
    method?: string;
    reqRole?: string;
    url: string;
    headers: Array<{ name: string; content: string }>;
  }>;
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const pluginJson = (folder: string): PluginJson => JSON.parse(read(`${folder}/plugin.json`));
const sources = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

describe.each(FOLDERS)('%s/plugin.json', (folder) => {
  const plugin = pluginJson(folder);

  test('has the id of its type under one organisation', () => {
    expect(plugin.id).toMatch(/^lockstep-[a-z]+-(app|datasource|panel)$/);
    expect(plugin.id.endsWith(plugin.type)).toBe(true);
    expect(plugin.name).not.toBe(plugin.id);
  });

  test('describes itself', () => {
    expect(plugin.info.description.length).toBeGreaterThan(20);
    expect(plugin.info.keywords.length).toBeGreaterThan(1);
    expect(plugin.info.version).toBe('%VERSION%');
    expect(existsSync(join(ROOT, folder, 'module.ts')) || existsSync(join(ROOT, folder, 'module.tsx'))).toBe(true);
  });

  test('names a range of Grafana that begins with 11.6', () => {
    expect(plugin.dependencies.grafanaDependency).toBe('>=11.6.0-0');
  });

  test('has logos that are there, and SVGs that draw and do nothing else', () => {
    for (const path of Object.values(plugin.info.logos)) {
      expect(path).not.toMatch(/^(\.|\/|https?:)/);
      expect(read(`${folder}/${path}`)).not.toMatch(/<(script|style|foreignObject|image|use)\b|\son\w+=|href=/i);
    }
  });

  test('has screenshots that are there', () => {
    for (const { name, path } of plugin.info.screenshots) {
      expect(name).not.toBe('');
      expect(path).toMatch(/^img\/.*\.(png|jpg|svg|gif)$/);
      expect(existsSync(join(ROOT, folder, path))).toBe(true);
    }
  });
});

test('the app shows at least one screenshot and declares its nested plugins with type and path', () => {
  const app = pluginJson('src');
  expect(app.info.screenshots.length).toBeGreaterThan(0);
  for (const folder of FOLDERS.slice(1)) {
    const nested = pluginJson(folder);
    const path = `${folder.slice('src/'.length)}/plugin.json`;
    expect(app.includes).toContainEqual({ type: nested.type, name: nested.name, path });
  }
  for (const { path } of app.includes ?? []) {
    expect(existsSync(join(ROOT, 'src', path))).toBe(true);
  }
});

test('every route of the proxy has a method, a role and no address of its own', () => {
  for (const route of pluginJson('src/datasource').routes ?? []) {
    expect([route.path, route.method]).toEqual([route.path, expect.stringMatching(/^(GET|POST)$/)]);
    expect([route.path, route.reqRole]).toEqual([route.path, expect.stringMatching(/^(Viewer|Editor|Admin)$/)]);
    expect(route.url.startsWith('{{ .JsonData.exporterUrl }}/api/v1/')).toBe(true);
  }
});

test('no route hides behind the prefix of another with a lesser role', () => {
  const routes = pluginJson('src/datasource').routes ?? [];
  routes.forEach((route, at) => {
    const before = routes
      .slice(0, at)
      .find((other) => other.method === route.method && route.path.startsWith(other.path));
    expect([route.path, before?.path]).toEqual([route.path, undefined]);
  });
});

test('rows and acts are never for Viewers', () => {
  const open = (pluginJson('src/datasource').routes ?? []).filter(({ reqRole }) => reqRole === 'Viewer');
  expect(open.map(({ path, method }) => `${method} ${path}`)).toEqual([
    'GET about',
    'GET numbers/checks',
    'GET numbers/runs',
    'GET numbers/jobs',
    'GET numbers/baselines',
    'GET numbers/reports',
    'GET numbers/deployments',
  ]);
});

test('what a Viewer may ask for reaches the exporter as a viewer’s, and repairs are for Admins alone', () => {
  const routes = pluginJson('src/datasource').routes ?? [];
  for (const { path, reqRole, headers } of routes) {
    const asViewer = headers.some(({ name, content }) => name === 'X-Lockstep-Role' && content === 'viewer');
    expect([path, asViewer]).toEqual([path, path.startsWith('numbers/')]);
    expect([path, reqRole === 'Admin']).toEqual([path, path.startsWith('repairs/')]);
  }
});

test('README, CHANGELOG and LICENSE are the project’s own', () => {
  const readme = read('README.md');
  expect(readme).not.toMatch(/Grafana (Panel|App|Data Source|Datasource).* Plugin Template/i);
  expect(readme).not.toMatch(/\b(yarn|nodejs)\b/i);
  const { version, license } = JSON.parse(read('package.json'));
  expect(read('CHANGELOG.md')).toContain(`## ${version}`);
  expect(license).toBe('Apache-2.0');
  expect(read('LICENSE')).not.toMatch(/\{(name|year|yyyy)[^}]*\}|\[yyyy\]|\[name of/i);
});

test('the scaffold of create-plugin is there as it was', () => {
  expect(JSON.parse(read('.config/.cprc.json')).version).toMatch(/^\d+\.\d+\.\d+$/);
});

test('the sources import only what Grafana shares, log nothing and bring no colours of their own', () => {
  const shared = /^(\.|react$|rxjs$|@emotion\/css$|@grafana\/(data|runtime|ui|schema)$)/;
  for (const file of sources.filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))) {
    const code = readFileSync(file, 'utf8');
    const imports = [...code.matchAll(/^(?:import|export) (?!type\b)[^'"]*from ['"]([^'"]+)['"]/gms)].map(
      (match) => match[1]
    );
    expect([file, imports.filter((name) => !shared.test(name ?? ''))]).toEqual([file, []]);
    expect([file, /console\.\w+\(/.test(code)]).toEqual([file, false]);
    expect([file, code.match(/#[0-9a-f]{6}\b|\brgba?\(/i)]).toEqual([file, null]);
    expect([file, /dangerouslySetInnerHTML|innerHTML/.test(code)]).toEqual([file, false]);
    expect(dirname(file)).not.toMatch(/utils|helpers|common/);
  }
});
