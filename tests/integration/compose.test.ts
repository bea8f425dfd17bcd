/** docker-compose.yml, what it mounts and builds, and the Kubernetes example: read here, because an engine is not everywhere. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { parseConfig } from '../../exporter/src/config/load.ts';
import { REGISTERS } from '../config/registers.ts';
import { ROOT } from '../grafana/dashboards.ts';
import { testWith } from '../needs.ts';

interface Service {
  readonly image: string;
  readonly build?: string | { readonly context: string; readonly dockerfile: string };
  readonly mem_limit?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const HOW = 'On Debian: apt-get install prometheus. Elsewhere: https://prometheus.io/download/';
const TEXT = read('docker-compose.yml');
const COMPOSE = parse(TEXT, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const SERVICES = Object.entries(COMPOSE.services);
const CONFIG_ENVIRONMENT = {
  DATABASE_URL: 'postgres://reader@db/app',
  LOCKSTEP_ADMIN_TOKEN: '0123456789abcdef',
};

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function dockerfileOf({ build }: Service): string | undefined {
  return typeof build === 'string' ? 'Dockerfile' : build?.dockerfile;
}

test('the stack holds what it takes to see violations in Grafana', () => {
  expect(SERVICES.map(([name]) => name).sort()).toEqual([
    'alertmanager',
    'exporter',
    'grafana',
    'postgres',
    'prometheus',
  ]);
});

test.each(SERVICES)(
  '%s is of one version, limited in memory, and reachable from this machine only',
  (_, service) => {
    if (service.build === undefined) expect(service.image).toMatch(/^[a-z/]+:v?\d+\.\d+/);
    else expect(service.image).toMatch(/:local$/);
    expect(service.mem_limit).toMatch(/^\d+m$/);
    expect(service.ports).not.toHaveLength(0);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  },
);

test.each(SERVICES)('%s tells whether it is well', (_, service) => {
  const inImage = /^HEALTHCHECK/m.test(read(dockerfileOf(service) ?? 'Dockerfile'));
  expect(service.healthcheck?.test[0] ?? (service.build && inImage && 'CMD')).toBe('CMD');
  for (const part of service.healthcheck?.test ?? []) expect(typeof part).toBe('string');
});

test.each(SERVICES)('what %s mounts is in the repository or a named volume', (_, { volumes = [] }) => {
  for (const volume of volumes) {
    const [source = '', , mode] = volume.split(':');
    if (!source.startsWith('./')) expect(COMPOSE.volumes).toHaveProperty(source);
    else expect([source, existsSync(join(ROOT, source)), mode]).toEqual([source, true, 'ro']);
  }
});

test.each(SERVICES)('what %s waits for has a health check', (_, { depends_on: waitsFor = {} }) => {
  for (const [name, { condition }] of Object.entries(waitsFor)) {
    expect(COMPOSE.services).toHaveProperty(name);
    expect(condition).toBe('service_healthy');
  }
});

test('images that are built copy what exists', () => {
  for (const [, service] of SERVICES) {
    const file = dockerfileOf(service);
    if (file === undefined) continue;
    const copied = [...read(file).matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
      sources.split(' '),
    );
    expect(copied).not.toEqual([]);
    for (const source of copied) expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
  }
});

test('no secret stands in the stack or in what it mounts: each is asked for', () => {
  for (const [, { environment = {} }] of SERVICES) {
    for (const [name, value] of Object.entries(environment)) {
      if (/PASSWORD|TOKEN|DATABASE_URL/.test(name)) expect(value).toMatch(/\$\{[A-Z_]+:\?.+\}/);
    }
  }
  const mounted = ['deploy/compose', 'deploy/compose/postgres', ...folders('provisioning')].flatMap(
    (folder) => files(folder).map((file) => read(file)),
  );
  for (const text of mounted) {
    expect(text.match(/\b(password|token|secret): +(?!'?\$).+/gi) ?? []).toEqual([]);
    expect(text.match(/^[^-\\]*\bPASSWORD +(?!:').+$/gm) ?? []).toEqual([]);
  }
});

test('the command at the head of the file makes every secret that is asked for', () => {
  const command = /^#\s+(\(umask.*\.env)$/m.exec(TEXT)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-env-'));
  try {
    writeFileSync(join(folder, 'openssl'), '#!/bin/sh\necho 0123456789abcdef\n');
    chmodSync(join(folder, 'openssl'), 0o755);
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const made = readFileSync(join(folder, '.env'), 'utf8');
    const asked = [...TEXT.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
    expect([...made.matchAll(/^([A-Z_]+)=0123456789abcdef$/gm)].map(([, name]) => name).sort()).toEqual(
      [...new Set(asked)].sort(),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('git and the images leave the file with the secrets alone', () => {
  expect(read('.gitignore').split('\n')).toContain('.env');
  for (const file of ['.dockerignore', 'grafana-plugin/Dockerfile.dockerignore']) {
    expect(read(file)).toMatch(/^\*$/m);
    expect(read(file)).not.toContain('!.env');
  }
});

test('Grafana is told about every plugin of the package, and where its two data sources are', () => {
  const plugins = ['', 'datasource/', 'panel/'].map(
    (folder) => JSON.parse(read(`grafana-plugin/src/${folder}plugin.json`)) as { id: string },
  );
  const ids = plugins.map(({ id }) => id);
  const environment = COMPOSE.services['grafana']?.environment ?? {};
  expect(environment['GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS']?.split(',')).toEqual(ids);
  const sources = parse(read('provisioning/datasources/lockstep.yaml')) as {
    datasources: { type: string; jsonData: { exporterUrl?: string }; secureJsonData?: { token: string } }[];
  };
  expect(sources.datasources.map(({ type }) => type)).toEqual([ids[1], 'prometheus']);
  expect(sources.datasources[0]).toMatchObject({ secureJsonData: { token: '$LOCKSTEP_ADMIN_TOKEN' } });
  const apps = parse(read('provisioning/plugins/lockstep.yaml')) as { apps: { type: string }[] };
  expect(apps.apps.map(({ type }) => type)).toEqual([ids[0]]);
  const used = [...read('provisioning/datasources/lockstep.yaml').matchAll(/: \$([A-Z_]+)$/gm)];
  expect(used).toHaveLength(3);
  for (const [, name = ''] of used) expect(environment).toHaveProperty(name);
});

test('Grafana finds the dashboards where they are mounted', () => {
  const { providers } = parse(read('provisioning/dashboards/lockstep.yaml')) as {
    providers: { options: { path: string } }[];
  };
  const [path = ''] = providers.map(({ options }) => options.path);
  expect(COMPOSE.services['grafana']?.volumes).toContain('./provisioning:/etc/grafana/provisioning:ro');
  const folder = path.replace('/etc/grafana/', '');
  expect(files(folder).filter((file) => file.endsWith('.json'))).toHaveLength(4);
  const home = COMPOSE.services['grafana']?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
  expect(existsSync(join(ROOT, home.replace('/etc/grafana/', '')))).toBe(true);
});

test('Prometheus and Grafana name each other as the stack names them', () => {
  const { scrape_configs: scrapes, alerting } = parse(read('deploy/compose/prometheus.yml')) as {
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
  };
  const named = [...scrapes.slice(0, 1), ...alerting.alertmanagers].flatMap((one) =>
    one.static_configs.flatMap(({ targets }) => targets),
  );
  const { PROMETHEUS_URL = '', LOCKSTEP_URL = '' } = COMPOSE.services['grafana']?.environment ?? {};
  for (const address of [...named, new URL(PROMETHEUS_URL).host, new URL(LOCKSTEP_URL).host]) {
    const [service = '', port = ''] = address.split(':');
    expect(COMPOSE.services[service]?.ports).toContain(`127.0.0.1:${port}:${port}`);
  }
});

test('the configurations of the exporter are valid', () => {
  const kubernetes = documents('configmap.yaml')[0]?.['data'] as Record<string, string>;
  const secret = "'${file:/run/secrets/lockstep/admin-token}'";
  expect(kubernetes['lockstep.yaml']).toContain(secret);
  const texts = [
    read('deploy/compose/lockstep.yaml'),
    kubernetes['lockstep.yaml']?.replace(secret, "'${LOCKSTEP_ADMIN_TOKEN}'") ?? '',
  ];
  for (const text of texts) {
    expect(parseConfig('lockstep.yaml', text, REGISTERS, CONFIG_ENVIRONMENT)).toHaveProperty('config');
  }
});

test('alerts reach a receiver that exists', () => {
  const { route, receivers } = parse(read('deploy/compose/alertmanager.yml')) as {
    route: { receiver: string };
    receivers: { name: string }[];
  };
  expect(receivers.map(({ name }) => name)).toContain(route.receiver);
});

testWith(
  'promtool',
  HOW,
  'promtool accepts the configuration of Prometheus and the rules of the Kubernetes example',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-rules-'));
    try {
      const rules = join(folder, 'rules.yml');
      writeFileSync(rules, JSON.stringify(documents('prometheusrule.yaml')[0]?.['spec']));
      const config = join(ROOT, 'deploy/compose/prometheus.yml');
      for (const [kind, file] of [
        ['config', config],
        ['rules', rules],
      ] as const) {
        const { status, stderr } = spawnSync('promtool', ['check', kind, file], { encoding: 'utf8' });
        expect([kind, status, stderr]).toEqual([kind, 0, '']);
      }
      await Promise.resolve();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  30_000,
);

test('the parts of the Kubernetes example fit together', () => {
  const all = files('examples/kubernetes').flatMap((file) => documents(file.split('/').at(-1) ?? ''));
  const kinds = all.map(({ kind }) => kind).sort();
  expect(kinds).toEqual([
    'ConfigMap',
    'Deployment',
    'PersistentVolumeClaim',
    'PrometheusRule',
    'Service',
    'ServiceMonitor',
  ]);
  const label = { 'app.kubernetes.io/name': 'lockstep' };
  for (const one of all) expect(one).toMatchObject({ metadata: { name: 'lockstep', labels: label } });
  const of = (kind: string) => all.find((one) => one.kind === kind)?.['spec'];
  expect(of('Service')).toMatchObject({ selector: label, ports: [{ name: 'http', targetPort: 'http' }] });
  expect(of('ServiceMonitor')).toMatchObject({
    selector: { matchLabels: label },
    endpoints: [{ port: 'http' }],
  });
  expect(of('Deployment')).toMatchObject({
    replicas: 1,
    selector: { matchLabels: label },
    template: {
      metadata: { labels: label },
      spec: {
        containers: [{ ports: [{ name: 'http' }], resources: { limits: { memory: expect.any(String) } } }],
      },
    },
  });
  // by reference only
  expect(kinds).not.toContain('Secret');
  expect(JSON.stringify(of('Deployment'))).toContain('"secretKeyRef"');
});

interface Document extends Readonly<Record<string, unknown>> {
  readonly kind: string;
}

function documents(file: string): Document[] {
  return parseAllDocuments(read(`examples/kubernetes/${file}`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Document;
  });
}

function files(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => `${folder}/${name}`);
}

function folders(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);
}
