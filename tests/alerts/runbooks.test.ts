/** Every alert says what to do now, briefly. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { alertsOf, catalogue, ROLE_SYSTEM } from '../../exporter/src/alerts/catalogue.ts';
import { ANY_SITE } from '../../exporter/src/alerts/site.ts';
import { ROOT } from '../grafana/dashboards.ts';

const FOLDER = join(ROOT, 'docs/runbooks');
const PAGES = readdirSync(FOLDER).filter((name) => name !== 'README.md');
const NAMES = [...new Set(alertsOf([...catalogue(ANY_SITE), ...ROLE_SYSTEM]).map(({ alert }) => alert))];

test('every alert has a runbook, every runbook an alert, and the overview names them all', () => {
  expect(PAGES.sort()).toEqual(NAMES.map((name) => `${name}.md`).sort());
  const overview = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  expect(NAMES.filter((name) => !overview.includes(`[${name}](${name}.md)`))).toEqual([]);
});

test.each(PAGES)('%s answers in under 30 lines: first look, causes, what to do, how to silence', (page) => {
  const text = readFileSync(join(FOLDER, page), 'utf8');
  expect(text.split('\n').length - 1).toBeLessThan(30);
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual([
    page.replace('.md', ''),
    'First look',
    'Likely causes',
    'What to do now',
    'Silence',
  ]);
  for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)/g))
    expect([link, existsSync(join(FOLDER, link))]).toEqual([link, true]);
});
