/** 10,000 violations: how long until they are seen, sorted and searched. The figures are printed and kept as a file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startChromium, watchedPage } from './chromium.ts';
import { ARTIFACTS, LINES, startStage, type Stage } from './stage.ts';

const VIOLATIONS = 10_000;
/** The bars are 1 s and 200 ms on a quiet machine; this bound only catches what has gone wrong. */
const BOUND_MS = 2_000;

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true });
  stage = await startStage(VIOLATIONS);
  browser = await startChromium();
  await stage.sql(`UPDATE licenses SET level = '9'`);
  const { board, startRun } = {
    board: stage.app.lockstep.board,
    startRun: () => stage.app.lockstep.startRun('progress_license', { dryRun: false }),
  };
  while (board.state('progress_license')?.running) await sleep(20);
  await startRun().finished;
}, 90_000);
afterAll(async () => {
  await browser.close();
  await stage.close();
});

/** From an act in the page to the first row being another one, by the page's own clock. */
async function untilRowsChange(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate(`(() => {
    const text = () => document.querySelector('tbody tr')?.innerText ?? '';
    const before = text();
    window.__changed = null;
    window.__from = null;
    const start = () => { window.__from ??= performance.now(); };
    for (const event of ['input', 'click']) addEventListener(event, start, { capture: true, once: true });
    const look = () => {
      if (text() !== before && text() !== '') window.__changed = performance.now() - window.__from;
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })()`);
  await act();
  const handle = await page.waitForFunction('window.__changed');
  return Math.round((await handle.jsonValue()) as number);
}

test.each(LINES)(
  'with the packages of %s 10,000 violations are painted, sorted and searched at once',
  async (line) => {
    const { page, complaints } = await watchedPage(browser, { width: 1280, height: 860 });
    await page.addInitScript(`new MutationObserver(() => {
      if (document.querySelector('tbody tr')) window.__firstRow ??= performance.now();
    }).observe(document, { childList: true, subtree: true })`);
    await page.goto(`${stage.url}/${line}?check=progress_license`);
    await page.getByText(`of ${String(VIOLATIONS)}`).waitFor();
    const firstPaint = await page.evaluate<number>(`(() => {
      const answers = performance.getEntriesByType('resource').filter(({ name }) => name.includes('rows/violations'));
      return window.__firstRow - Math.min(...answers.map(({ responseEnd }) => responseEnd));
    })()`);
    const header = page.getByRole('columnheader', { name: 'user_id' });
    const sort = await untilRowsChange(page, () => header.getByRole('button').or(header).last().click());
    const search = await untilRowsChange(page, () => page.getByPlaceholder('Search keys').fill('7777'));
    const nodes = await page.evaluate<number>('document.querySelectorAll("*").length');
    const figures = { line, firstPaintMs: Math.round(firstPaint), sortMs: sort, searchMs: search, nodes };
    process.stderr.write(`\n10,000 violations: ${JSON.stringify(figures)}\n`);
    writeFileSync(join(ARTIFACTS, `${line}-10000.json`), `${JSON.stringify(figures)}\n`);
    await page.screenshot({ path: join(ARTIFACTS, `${line}-10000.png`) });
    expect(Math.max(firstPaint, sort, search)).toBeLessThan(BOUND_MS);
    expect(complaints).toEqual([]);
    await page.close();
  },
  60_000,
);
