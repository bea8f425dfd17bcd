/** The panel in the page of one Grafana line: opened, looked at, and judged by axe. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { ARTIFACTS, type Stage } from './stage.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A run of its own, after the one that the exporter makes when it starts. */
export async function runInExporter({ app }: Stage): Promise<void> {
  const { board } = app.lockstep;
  while (board.state('progress_license')?.running) await sleep(20);
  await app.lockstep.startRun('progress_license', { dryRun: false }).finished;
}

/** @param query more of the page's settings, such as `&role=Viewer` */
export async function openPanel(page: Page, { url }: Stage, line: string, query = ''): Promise<Page> {
  await page.goto(`${url}/${line}?check=progress_license${query}`);
  await page.getByRole('meter').waitFor();
  return page;
}

export function shot(page: Page, name: string): Promise<Buffer> {
  mkdirSync(ARTIFACTS, { recursive: true });
  // a drawer on its way in would be half a picture
  return page.screenshot({ path: join(ARTIFACTS, `${name}.png`), animations: 'disabled' });
}

/** What is in a drawer. The drawer itself is Grafana's, and that of 11.6 has no name for screen readers. */
export const IN_DRAWER = '[role=dialog] > *';

/** What axe finds serious or critical below a selector, each with its first element. */
export async function seriousFindings(page: Page, at: string): Promise<string[]> {
  // what is still on its way in is half transparent
  await page.waitForTimeout(500);
  await page.addScriptTag({ content: AXE });
  const found = await page.evaluate(
    (where) => (globalThis as unknown as { axe: { run(at: string): Promise<AxeResults> } }).axe.run(where),
    at,
  );
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200) ?? ''}`);
}

/** The status that the proxy answers a role with, asked directly and past every button. */
export function askedAs(
  page: Page,
  role: string,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<number> {
  const headers = { 'x-host-role': role, 'content-type': 'application/json' };
  const sent = method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {};
  return page.evaluate(
    async ([url, init]) => {
      const answer = await fetch(url, init);
      // what is not read never ends, for whoever watches the traffic
      await answer.text();
      return answer.status;
    },
    [`/api/datasources/proxy/uid/lockstep/${path}`, { method, headers, ...sent }] as const,
  );
}
