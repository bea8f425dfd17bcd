/** Repairs in the panel: real rows of a real Postgres, through the proxy, with the packages of each Grafana line. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startChromium, watchedPage, type Watched } from './chromium.ts';
import { askedAs, IN_DRAWER, openPanel, runInExporter, seriousFindings, shot } from './panel-page.ts';
import { LINES, startStage, type Stage, TOKEN } from './stage.ts';

const PAIRS = 1_000;
const ADMIN = '&role=Admin';

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
  await stage.sql(`
    DELETE FROM licenses;
    INSERT INTO licenses SELECT n, 'COACH', n % 5, 'context' FROM generate_series(1, ${String(PAIRS)}) AS n;
    DELETE FROM progress WHERE student_id::int > ${String(PAIRS)};
    DELETE FROM mended`);
});
afterEach(async () => {
  await watched.page.close();
});

const drawer = (page: Page) => page.getByRole('dialog');
const planRow = (page: Page, key: string) =>
  drawer(page)
    .getByRole('listitem')
    .filter({ hasText: `${key} / COACH` })
    .first();

async function select(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys)
    await page.getByRole('checkbox', { name: `Select ${key} / COACH` }).check({ force: true });
}

async function apply(page: Page, button: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'Apply …' }).click();
  await page.getByLabel('Reason').fill(reason);
  await page.getByRole('button', { name: button }).click();
}

describe.each(LINES)('with the packages of %s', (line) => {
  test('an Admin previews a repair of chosen rows, tries it, applies it with a reason, and takes it back', async () => {
    await stage.sql(`
      UPDATE licenses SET level = '9' WHERE user_id IN ('61', '62');
      DELETE FROM licenses WHERE user_id = '63';
      INSERT INTO licenses VALUES ('7000', 'COACH', '3', 'context')`);
    await runInExporter(stage);
    const page = await openPanel(watched.page, stage, line, ADMIN);
    await select(page, '61', '63', '7000');
    await page.getByRole('button', { name: 'Preview repair' }).click();
    await planRow(page, '61').waitFor();
    await expect(planRow(page, '61').innerText()).resolves.toMatch(/level\s+9\s+1/);
    await expect(planRow(page, '7000').innerText()).resolves.toContain('skipped');
    await planRow(page, '61').getByText('Statements').click();
    await planRow(page, '61')
      .getByText(/UPDATE .*licenses/)
      .waitFor();
    await shot(page, `${line}-repair-preview`);
    expect(await seriousFindings(page, IN_DRAWER)).toEqual([]);
    await expect(stage.rows(`SELECT level FROM licenses WHERE user_id = '61'`)).resolves.toEqual([
      { level: '9' },
    ]);

    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('Dry run: 2 written, 1 skipped. Everything was rolled back.').waitFor();
    await shot(page, `${line}-repair-tried`);
    await expect(stage.rows(`SELECT level FROM licenses WHERE user_id = '61'`)).resolves.toEqual([
      { level: '9' },
    ]);

    await page.getByRole('button', { name: 'Apply …' }).click();
    await page.getByText('1 update in licenses, 1 new row in licenses').waitFor();
    await expect(page.getByRole('button', { name: 'Write 2 rows' }).isDisabled()).resolves.toBe(true);
    await page.getByLabel('Reason').fill('late import');
    await shot(page, `${line}-repair-confirm`);
    await page.getByRole('button', { name: 'Write 2 rows' }).click();
    await page.getByText('2 written, 1 skipped. What was written agrees now.').waitFor();
    await drawer(page)
      .getByText(/^admin via grafana, /)
      .nth(1)
      .waitFor();
    await shot(page, `${line}-repair-applied`);
    const written = `SELECT user_id, level, note FROM licenses WHERE user_id IN ('61', '63') ORDER BY 1`;
    await expect(stage.rows(written)).resolves.toEqual([
      { user_id: '61', level: '1', note: 'context' },
      { user_id: '63', level: '3', note: 'by lockstep' },
    ]);
    await expect(stage.rows('SELECT count(*)::int AS n FROM mended')).resolves.toEqual([{ n: 2 }]);
    await page.getByText(`2 of ${String(PAIRS + 1)} violate it`).waitFor();

    await page.getByRole('button', { name: 'Undo …' }).click();
    await page.getByText('Taking back a repair').waitFor();
    await shot(page, `${line}-repair-undo`);
    await apply(page, 'Write 2 rows', 'it was on purpose');
    await page.getByText(/^2 written\. /).waitFor();
    await page.getByText(`4 of ${String(PAIRS + 1)} violate it`).waitFor();
    await expect(stage.rows(written)).resolves.toEqual([{ user_id: '61', level: '9', note: 'context' }]);
    await page.getByRole('button', { name: 'All plans' }).click();
    await drawer(page).getByText('it was on purpose').first().waitFor();
    await shot(page, `${line}-repair-list`);
    expect(await seriousFindings(page, IN_DRAWER)).toEqual([]);

    // by the keyboard, from wherever the acts left it
    await page.keyboard.press('Escape');
    await drawer(page).waitFor({ state: 'detached' });

    const { rows: trail } = await stage.app.lockstep.store.auditTrail(100);
    expect(trail.filter(({ action }) => action === 'sync.apply').map(({ actor }) => actor)).toEqual(
      expect.arrayContaining(['admin via grafana']),
    );
    expect(watched.complaints).toEqual([]);
    await watched.settled();
    expect(watched.traffic.filter((text) => text.includes(TOKEN))).toEqual([]);
  }, 90_000);

  test('a row that has changed since the preview is left alone and says so; a plan is applied once only', async () => {
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id IN ('64', '65')`);
    await runInExporter(stage);
    const page = await openPanel(watched.page, stage, line, `${ADMIN}&theme=light`);
    await page.getByRole('button', { name: 'Repairs' }).click();
    await page.getByRole('button', { name: /^Preview every open violation/ }).click();
    await planRow(page, '64').waitFor();
    await stage.sql(`UPDATE licenses SET level = '8' WHERE user_id = '64'`);
    const [plan] = await stage.app.lockstep.store.plans('progress_license', 1);
    await apply(page, 'Write 2 rows', 'x');
    await page.getByText(/^1 written, 1 skipped\. /).waitFor();
    await expect(planRow(page, '64').innerText()).resolves.toMatch(/skipped\s+.*changed/);
    await shot(page, `${line}-repair-changed-light`);
    await expect(
      stage.rows(`SELECT user_id, level FROM licenses WHERE user_id IN ('64', '65') ORDER BY 1`),
    ).resolves.toEqual([
      { user_id: '64', level: '8' },
      { user_id: '65', level: '0' },
    ]);
    const again = `repairs/sync/plans/${plan?.plan.id ?? ''}/apply`;
    expect(await askedAs(page, 'Admin', 'POST', again, { reason: 'again' })).toBe(409);
    expect(await askedAs(page, 'Admin', 'GET', `repairs/sync/plans/${'0'.repeat(64)}`)).toBe(404);
    expect(watched.complaints).toEqual([]);
  }, 60_000);

  test('where nothing is open there is nothing to preview, and the panel says so in the exporter’s words', async () => {
    await runInExporter(stage);
    const page = await openPanel(watched.page, stage, line, `${ADMIN}&theme=light`);
    await page.getByRole('button', { name: 'Repairs' }).click();
    await page.getByRole('button', { name: /^Preview every open violation/ }).click();
    await page.getByText('There is no such violation to mend.').waitFor();
    await shot(page, `${line}-repair-refused-light`);
    expect(await seriousFindings(page, IN_DRAWER)).toEqual([]);
    expect(watched.complaints).toEqual([]);
  }, 60_000);

  test('one violation is repaired from its own page, at 300 px, too', async () => {
    await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id = '66'`);
    await runInExporter(stage);
    await watched.page.setViewportSize({ width: 300, height: 1260 });
    const page = await openPanel(watched.page, stage, line, `${ADMIN}&height=1200`);
    await page.getByRole('button', { name: 'Details of 66 / COACH' }).click();
    await page.getByRole('button', { name: 'Preview repair' }).click();
    await planRow(page, '66').waitFor();
    await shot(page, `${line}-repair-narrow`);
    expect(await seriousFindings(page, IN_DRAWER)).toEqual([]);
    await apply(page, 'Write 1 row', 'x');
    await page.getByText('1 written. What was written agrees now.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(`Nothing wrong: ${String(PAIRS)} checked`).waitFor();
    expect(watched.complaints).toEqual([]);
  }, 60_000);

  test.each(['Editor', 'Viewer'])(
    'a %s is offered no repair, is told why, and is refused by the route',
    async (role) => {
      await stage.sql(`UPDATE licenses SET level = '9' WHERE user_id = '67'`);
      await runInExporter(stage);
      const page = await openPanel(watched.page, stage, line, `&role=${role}`);
      const button = page.getByRole('button', { name: 'Repairs' });
      await expect(button.getAttribute('aria-disabled')).resolves.toBe('true');
      await button.hover();
      await page.getByText('Repairing needs the role Admin in Grafana').waitFor();
      if (role === 'Editor') {
        await select(page, '67');
        await page.getByRole('button', { name: 'Mark as known …' }).waitFor();
      }
      await expect(page.getByRole('button', { name: 'Preview repair' }).count()).resolves.toBe(0);
      await shot(page, `${line}-repair-${role.toLowerCase()}`);
      const plan = `repairs/sync/plans/${'0'.repeat(64)}`;
      expect([
        await askedAs(page, role, 'GET', 'repairs/sync/plans?check=progress_license'),
        await askedAs(page, role, 'GET', plan),
        await askedAs(page, role, 'POST', 'repairs/sync/plans', { check: 'progress_license' }),
        await askedAs(page, role, 'POST', `${plan}/apply`, { reason: 'x' }),
        await askedAs(page, role, 'POST', `${plan}/undo`),
      ]).toEqual([403, 403, 403, 403, 403]);
      expect(watched.complaints).toEqual([]);
    },
    60_000,
  );
});
