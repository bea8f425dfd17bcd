/** The provisioned dashboards drawn in a browser: the built plugin, a real exporter, a real Prometheus, a real Postgres. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { App } from '../../exporter/src/app.ts';
import {
  fillAcademy,
  startExporter,
  startPrometheus,
  TOKEN,
  type Prometheus,
} from '../grafana/compose-parts.ts';
import { DASHBOARDS, ROOT, type Dashboard } from '../grafana/dashboards.ts';
import { eventually, instant } from '../grafana/prometheus-answers.ts';
import { startRoleSystem, type RoleSystemBeside } from '../grafana/role-system.ts';
import { testWith } from '../needs.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { startChromium, watchedPage } from './chromium.ts';
import { ARTIFACTS } from './stage.ts';

const HOW = 'On Debian: apt-get install prometheus. Elsewhere: https://prometheus.io/download/';
/** The one whose packages hold @grafana/scenes. */
const LINE = 'g13';
/** No alert fires here; tests/integration/dashboards.pg.test.ts lets one. */
const EMPTY_IS_NORMAL = ['Alerts that fire'];

const OFTEN = '*/5 * * * * *';

interface Host {
  readonly url: string;
  close(): Promise<void>;
}
interface PanelState {
  readonly title: string;
  readonly state: string;
  readonly errors: readonly string[];
  readonly rows: number;
}

let folder: string;
let database: TestDatabase;
let roles: RoleSystemBeside;
let app: App;
let prometheus: Prometheus;
let host: Host;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  const { ensureBundled } = await hostModule<{
    ensureBundled: (line: string, page: string) => Promise<void>;
  }>('bundle');
  await ensureBundled(LINE, 'scene');
  folder = mkdtempSync(join(tmpdir(), 'lockstep-scenes-'));
  database = await createDatabase();
  await fillAcademy(database.url);
  roles = await startRoleSystem();
  app = await startExporter(folder, database.url, (yaml) =>
    roles.addTo(yaml.replace('* * * * *', OFTEN), OFTEN),
  );
  prometheus = await startPrometheus(folder, [app], 'groups: []');
  const { startHost } = await hostModule<{ startHost: (of: object) => Promise<Host> }>('server');
  host = await startHost({ exporterUrl: app.url, token: TOKEN });
  browser = await startChromium();
  // enough for a rate, and for a line that can be seen
  await eventually(async () => {
    const query = 'increase(lockstep_job_runs_total{job_name="progress_license",outcome="fail"}[1m]) > 2';
    expect(await instant(prometheus, query)).toHaveLength(1);
  });
}, 180_000);

afterAll(async () => {
  await browser.close();
  await host.close();
  await prometheus.stop();
  await app.stop();
  await roles.stop();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

for (const dashboard of DASHBOARDS) {
  testWith(
    'prometheus',
    HOW,
    `${dashboard.title} is drawn with data in every panel and none in error`,
    () => drawn(dashboard),
    60_000,
  );
}

async function drawn(dashboard: Dashboard): Promise<void> {
  const asking = dashboard.panels.filter(({ targets }) => targets !== undefined);
  const height = 140 + 38 * Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h));
  const { page, complaints } = await watchedPage(browser, { width: 1400, height });
  try {
    await page.addInitScript((json) => Object.assign(globalThis, { __dashboard: json }), dashboard);
    await page.goto(`${host.url}/${LINE}/scene?prometheus=${encodeURIComponent(prometheus.url)}`);
    const states = (): Promise<PanelState[]> => page.evaluate('__panels()');
    await page.waitForFunction('globalThis.__panels !== undefined');
    await eventually(async () => {
      expect(complaints).toEqual([]);
      const all = await states();
      expect(all.map(({ title }) => title).sort()).toEqual(asking.map(({ title }) => title).sort());
      expect(all.filter(({ state }) => state !== 'Done')).toEqual([]);
      const empty = all.filter(({ rows }) => rows === 0).map(({ title }) => title);
      expect(empty.filter((title) => !EMPTY_IS_NORMAL.includes(title))).toEqual([]);
    });
    expect((await states()).flatMap(({ errors }) => errors)).toEqual([]);
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: join(ARTIFACTS, `dashboard-${dashboard.uid}.png`) });
    // what Grafana writes where a panel could not be drawn
    await expect(page.getByText(/An unexpected error happened|Panel plugin not found/).count()).resolves.toBe(
      0,
    );
    expect(complaints).toEqual([]);
  } finally {
    await page.close();
  }
}

async function hostModule<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(join(ROOT, 'grafana-plugin/host', `${name}.mjs`)).href)) as T;
}
