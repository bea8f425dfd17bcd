/** Every alert says what to do now, briefly. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { alertsOf, catalogue, ROLE_SYSTEM } from '../../exporter/src/alerts/catalogue.ts';
import { ANY_SITE } from '../../exporter/src/alerts/site.ts';
import { METRICS } from '../../exporter/src/metric-definitions.ts';
import { ROOT } from '../grafana/dashboards.ts';

const FOLDER = join(ROOT, 'docs/runbooks');
const OVERVIEW = 'README.md';
const PAGES = readdirSync(FOLDER).filter((name) => name !== OVERVIEW);
const NAMES = [...new Set(alertsOf([...catalogue(ANY_SITE), ...ROLE_SYSTEM]).map(({ alert }) => alert))];
const SECTIONS = ['First look', 'Likely causes', 'What to do now', 'Silence'];

const read = (page: string): string => readFileSync(join(FOLDER, page), 'utf8');

test('every alert has a runbook, every runbook an alert, and the overview names each once', () => {
  expect(PAGES.sort()).toEqual(NAMES.map((name) => `${name}.md`).sort());
  const listed = [...read(OVERVIEW).matchAll(/^- \[(\w+)\]\(\1\.md\): \S/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual([...NAMES].sort());
});

test.each(PAGES)(
  '%s answers in under 30 lines: meaning, first look, causes, what to do, how to silence',
  (page) => {
    const text = read(page);
    expect(text.split('\n').length - 1).toBeLessThan(30);
    const [head = '', ...sections] = text.split(/^## /m);
    expect(head).toMatch(new RegExp(`^# ${page.replace('.md', '')}\n\n\\S.+\n`));
    expect(sections.map((section) => section.split('\n')[0])).toEqual(SECTIONS);
    for (const section of sections) expect(section).toMatch(/\n\S/);
    expect(sections[0]).toContain('```sh\n');
  },
);

test.each([OVERVIEW, ...PAGES])('links of %s lead somewhere, and its variables are explained', (page) => {
  const text = read(page);
  for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)/g))
    expect([link, existsSync(join(FOLDER, link))]).toEqual([link, true]);
  for (const [, fence = ''] of text.matchAll(/^```sh\n([\s\S]*?)^```/gm))
    for (const [, name = ''] of fence.matchAll(/\$\{?([A-Z_]+)/g))
      expect(read(OVERVIEW)).toMatch(new RegExp(`^export .*\\b${name}\\b`, 'm'));
});

test.each(PAGES.filter((page) => page !== 'LockstepWatchdog.md'))(
  'the silence of %s is for its own alert',
  (page) => {
    const silence = read(page).split('## Silence')[1] ?? '';
    expect(silence).toContain(` silence add alertname=${page.replace('.md', '')} `);
  },
);

/** promtool answers with nothing, and no error, when it is asked for a series that nobody has. */
test.each(PAGES)('%s asks only for series that there are', (page) => {
  const recorded = catalogue(ANY_SITE).flatMap(({ rules }) =>
    rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
  );
  const known = new Set([...Object.keys(METRICS), ...recorded]);
  const asked = [...read(page).matchAll(/(?:check:)?\blockstep_\w+(?::\w+)?/g)].map(([name]) =>
    name.replace(/_seconds_(bucket|count|sum)$/, '_seconds'),
  );
  expect(asked.filter((name) => !known.has(name))).toEqual([]);
});
