/** The built panel and data source in a real browser, with the packages of each Grafana line. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startChromium, watchedPage, type Watched } from './chromium.ts';
import { askedAs, openPanel, runInExporter as run, seriousFindings, shot as picture } from './panel-page.ts';
import { LINES, startStage, TOKEN, type Stage } from './stage.ts';

const PAIRS = 1_000;

let stage: Stage;
let browser: Browser;
let watched: Watched;

beforeAll(async () => {
  stage = await startStage(PAIRS);
  browser = await startChromium();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await stage.close();
});
beforeEach(async () => {
  watched = await watchedPage(browser, { width: 1280, height: 860 });
});
afterEach(async () => {
  await watched.page.close();
});

const runInExporter = () => run(stage);
const open = (line: string, query = '') => openPanel(watched.page, stage, line, query);
const shot = (name: string) => picture(watched.page, name);

function rows(page: Page) {
  return page.locator('tbody tr');
}

/** Waits: the numbers are read before the rows. */
async function rowsAre(page: Page, count: number): Promise<void> {
  await rows(page).nth(count).waitFor({ state: 'detached' });
  await expect(rows(page).count()).resolves.toBe(count);
}

describe.each(LINES)('with the packages of %s', (line) => {
  beforeEach(async () => {
    await stage.sql(`UPDATE licenses SET level = (user_id::int % 5)::text`);
    await runInExporter();
  });

  test('a row that breaks is seen after a run on demand, has its two values, and goes when it is mended', async () => {
    const page = await open(line);
    await page.getByText(`Nothing wrong: ${String(PAIRS)} checked`).waitFor();
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id = '42'`);
    await page.getByRole('button', { name: 'Run check now' }).click();
    await page.getByText(`1 of ${String(PAIRS)} violate it`).waitFor();
    await rows(page).first().waitFor();
    expect((await rows(page).first().innerText()).split(/\s+/)).toEqual(
      expect.arrayContaining(['42', 'COACH', '2', '9', '+7', 'mismatch', 'sync_required', 'open']),
    );
    await page.getByRole('button', { name: 'Details of 42 / COACH' }).click();
    await page.getByText('Rows as they are now').waitFor();
    await page.getByText('context').waitFor();
    await shot(`${line}-drawer`);
    await page.keyboard.press('Escape');
    await stage.sql(`UPDATE licenses SET level = '2' WHERE user_id = '42'`);
    await page.getByRole('button', { name: 'Run check now' }).click();
    await page.getByText(`Nothing wrong among ${String(PAIRS)}`).waitFor();
    await rowsAre(page, 0);
    expect(watched.complaints).toEqual([]);
    expect(watched.traffic.filter((text) => text.includes(TOKEN) || /authorization/i.test(text))).toEqual([]);
    expect(watched.traffic.length).toBeGreaterThan(5);
  }, 60_000);

  test('a Viewer sees numbers, is refused rows by the route, and cannot run a check', async () => {
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id = '43'`);
    await runInExporter();
    const page = await open(line, '&role=Viewer&theme=light');
    await page.getByText('Rows need the role Editor').waitFor();
    const button = page.getByRole('button', { name: 'Run check now' });
    await expect(button.getAttribute('aria-disabled')).resolves.toBe('true');
    expect(watched.requests.filter(({ path }) => path.includes('/rows/'))).toEqual([]);
    const ask = (method: 'GET' | 'POST', path: string) => askedAs(page, 'Viewer', method, path);
    const refused = [
      await ask('POST', 'actions/checks/progress_license/run'),
      await ask('GET', 'rows/violations'),
      await ask('POST', 'actions/violations/known'),
      await ask('POST', 'repairs/sync'),
      await ask('POST', 'numbers/checks/progress_license/run'),
      await ask('GET', 'numbers/checks/..%2f..%2fv1%2fviolations'),
      await ask('GET', 'api/v1/violations'),
    ];
    expect(refused).toEqual([403, 403, 403, 403, 502, 502, 502]);
    await shot(`${line}-viewer-light`);
  }, 60_000);

  test('a row is marked as known with a reason, leaves the open ones, says why, and is open again once its value changes', async () => {
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id IN ('45', '46')`);
    await runInExporter();
    const page = await open(line);
    await rows(page).nth(1).waitFor();
    await page.getByRole('checkbox', { name: 'Select 45 / COACH' }).check({ force: true });
    await shot(`${line}-selected`);
    await page.getByRole('button', { name: 'Mark as known …' }).click();
    await page.getByLabel('Reason').fill('late import');
    await shot(`${line}-mark-known`);
    await page.getByRole('button', { name: 'Mark as known', exact: true }).click();
    await page.getByText('1 marked as known.').waitFor();
    await rowsAre(page, 1);
    await page.getByRole('radio', { name: 'Known' }).click();
    await page.getByRole('button', { name: 'Details of 45 / COACH' }).click();
    await page.getByText(/late import \(editor via grafana, .+\)/).waitFor();
    // the lines share one database: the row may have been marked in an earlier one
    await page.getByText('Marked as known', { exact: true }).first().waitFor();
    await shot(`${line}-known-drawer`);
    await page.keyboard.press('Escape');
    await stage.sql(`UPDATE licenses SET level = '8' WHERE user_id = '45'`);
    await runInExporter();
    await page.evaluate('__host.refresh()');
    await page.getByRole('radio', { name: 'Open' }).click();
    await rowsAre(page, 2);
    expect(watched.complaints).toEqual([]);
    const trail = await stage.app.lockstep.store.auditTrail(100);
    expect(trail.rows.find(({ action }) => action === 'violations.known')).toMatchObject({
      actor: 'editor via grafana',
      details: { reason: 'late import' },
    });
  }, 60_000);

  test('while the source is down the numbers are held and say since when; while the exporter is, so does the panel', async () => {
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id = '44'`);
    await runInExporter();
    await stage.takeSourceDown();
    try {
      await runInExporter();
      const page = await open(line);
      await page.getByText('held since').waitFor();
      await page.getByText('The source cannot be looked at.').first().waitFor();
      await rows(page).first().waitFor();
      await shot(`${line}-held`);
      await page.route('**/api/datasources/proxy/**', (route) =>
        route.fulfill({ status: 502, contentType: 'application/json', body: '{"message":"bad gateway"}' }),
      );
      await page.evaluate('__host.refresh()');
      await page.getByText('The exporter does not answer').first().waitFor();
      await rowsAre(page, 1);
      await shot(`${line}-unreachable`);
    } finally {
      await stage.bringSourceUp();
    }
  }, 60_000);

  test('values of rows are text: nothing in them runs, loads or becomes an element', async () => {
    const payloads = ['<img src=x onerror=alert(1)>', '<script>alert(2)</script>', '"><svg onload=alert(3)>'];
    for (const payload of payloads) {
      await stage.sql(
        `INSERT INTO licenses VALUES ($$${payload}$$, $$${payload}$$, $$${payload}$$, $$${payload}$$)`,
      );
    }
    try {
      await runInExporter();
      const page = await open(line);
      await rows(page).nth(2).waitFor();
      for (const payload of payloads) expect(await page.locator('tbody').innerText()).toContain(payload);
      await page
        .getByRole('button', { name: /^Details of/ })
        .first()
        .click();
      await page.getByText('Rows as they are now').waitFor();
      const elements = 'img[src="x"], svg[onload], #root script';
      await expect(page.locator(elements).count()).resolves.toBe(0);
      expect(watched.complaints).toEqual([]);
    } finally {
      await stage.sql(`DELETE FROM licenses WHERE user_id LIKE '%<%'`);
    }
  }, 60_000);

  test('the app tells whether its data source works, and the editors of the data source show', async () => {
    const { page } = watched;
    await page.goto(`${stage.url}/${line}?view=app`);
    await page.getByText('with 1 check. The token "editor via grafana" is an admin’s.').waitFor();
    await shot(`${line}-app`);
    await page.goto(`${stage.url}/${line}?view=config`);
    await page.getByPlaceholder('http://lockstep:9464').fill('http://exporter:9464/');
    await page.getByText('Who may do what').waitFor();
    await shot(`${line}-config`);
    await page.goto(`${stage.url}/${line}?view=query&queryType=violations`);
    await page.getByText('Sort by').waitFor();
    await shot(`${line}-query`);
    expect(watched.complaints).toEqual([]);
  }, 60_000);

  test('axe finds nothing serious, in light, dark and at 300 px', async () => {
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id::int < 20`);
    await runInExporter();
    for (const [name, query, width] of [
      ['dark', '', 1280],
      ['light', '&theme=light', 1280],
      ['narrow', '&theme=light&height=1200', 300],
    ] as const) {
      await watched.page.setViewportSize({ width, height: width === 300 ? 1260 : 860 });
      const page = await open(line, query);
      await rows(page).first().waitFor();
      await shot(`${line}-${name}`);
      expect([name, await seriousFindings(page, '#root main')]).toEqual([name, []]);
    }
  }, 90_000);
});
