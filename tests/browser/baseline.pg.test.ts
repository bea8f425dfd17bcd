/** Baselines and reports in the panel, through the proxy, with the packages of each Grafana line. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startChromium, watchedPage, type Watched } from './chromium.ts';
import { askedAs, IN_DRAWER, openPanel, runInExporter, seriousFindings, shot } from './panel-page.ts';
import { LINES, startStage, type Stage, TOKEN } from './stage.ts';

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
  await stage.sql(`UPDATE licenses SET level = (user_id::int % 5)::text`);
});
afterEach(async () => {
  await watched.page.close();
});

describe.each(LINES)('with the packages of %s', (line) => {
  test('an Editor remembers a run under a name, and later sees what is new since then and what has gone', async () => {
    const { page } = watched;
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id IN ('51', '52')`);
    await runInExporter(stage);
    await openPanel(page, stage, line);
    await page.getByRole('button', { name: 'Baseline' }).click();
    await page.getByLabel('Name').fill(`before the release (${line})`);
    await page.getByLabel('Note').fill('as agreed');
    await shot(page, `${line}-baseline-new`);
    await page.getByRole('button', { name: 'Remember', exact: true }).click();
    await page.getByText('is the baseline from now on.').waitFor();
    await page.getByText('Still there: 2 · mismatch 2').waitFor();
    await page.keyboard.press('Escape');
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id IN ('53', '54', '55')`);
    await stage.sql(`UPDATE licenses SET level = '1' WHERE user_id = '51'`);
    await page.getByRole('button', { name: 'Run check now' }).click();
    await page.getByText(`4 of ${String(PAIRS)} violate it`).waitFor();
    await page.getByRole('button', { name: 'Baseline' }).click();
    await page.getByText('−0.2 points').last().waitFor();
    await page.getByText('Resolved: 1 · mismatch 1').waitFor();
    await page.getByText('New: 3 · mismatch 3').click();
    await page.getByRole('cell', { name: '54', exact: true }).last().waitFor();
    await shot(page, `${line}-baseline-compared`);
    expect(await seriousFindings(page, IN_DRAWER)).toEqual([]);
    const [made] = await stage.app.lockstep.store.baselines('progress_license');
    expect(made).toMatchObject({
      ...{ name: `before the release (${line})`, note: 'as agreed', createdBy: 'editor via grafana' },
    });
    expect(watched.complaints).toEqual([]);
  }, 60_000);

  test('a Viewer saves a report, which is the exporter’s own page, and neither compares rows nor remembers runs', async () => {
    const { page } = watched;
    await runInExporter(stage);
    await openPanel(page, stage, line, '&role=Viewer&theme=light');
    await expect(page.getByRole('button', { name: 'Baseline' }).getAttribute('aria-disabled')).resolves.toBe(
      'true',
    );
    await page.getByRole('button', { name: 'Report' }).click();
    await page.getByText('Stabilization report').waitFor();
    await shot(page, `${line}-report-menu`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByText('Stabilization report').click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^stabilization-progress_license-\d{8}-\d{6}\.html$/);
    const html = readFileSync(await download.path(), 'utf8');
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).toContain('progress_license');
    await page.getByText('Saved as stabilization-progress_license-').waitFor();
    const [made] = await stage.app.lockstep.store.baselines('progress_license');
    expect([
      await askedAs(page, 'Viewer', 'GET', 'numbers/baselines'),
      await askedAs(page, 'Viewer', 'GET', `numbers/baselines/${made?.id ?? ''}/comparison`),
      await askedAs(page, 'Viewer', 'GET', `rows/baselines/${made?.id ?? ''}/comparison`),
      await askedAs(page, 'Viewer', 'POST', 'actions/baselines'),
    ]).toEqual([200, 403, 403, 403]);
    expect(watched.complaints).toEqual([]);
    await watched.settled();
    expect(watched.traffic.filter((text) => text.includes(TOKEN))).toEqual([]);
  }, 60_000);
});
