/** What the documents show is what is accepted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../exporter/src/config/load.ts';
import { formatProblem } from '../../exporter/src/config/problem.ts';
import {
  CheckCommon,
  Envelope,
  Gate,
  GateStage,
  Http,
  Jwt,
  Retention,
  ScheduledReport,
  Store,
  Token,
  ViolationLog,
} from '../../exporter/src/config/schema.ts';
import { REGISTERS } from './registers.ts';

const ROOT = join(import.meta.dirname, '../..');
const CONFIGURATION = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');

const ENVIRONMENT = {
  DATABASE_URL: 'postgres://reader@db/app',
  SHOP_URL: 'postgres://reader@db/shop',
  BILLING_URL: 'postgres://reader@db/billing',
  LOCKSTEP_TOKEN: '0123456789abcdef',
};

const SOURCES = ['app', 'shop', 'billing']
  .map((name) => `  ${name}: { engine: postgres, url: "\${DATABASE_URL}" }\n`)
  .join('');

/** YAML blocks that hold checks; with sources where the text has shown them before. */
function examples(document: string): [string, string][] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, block = '']) => block)
    .filter((block) => /^checks:/m.test(block))
    .map((block, i) => [
      `${document}, example ${String(i + 1)}`,
      /^sources:/m.test(block) ? block : `sources:\n${SOURCES}${block}`,
    ]);
}

test.each([...examples('README.md'), ...examples('docs/configuration.md')])('%s is valid', (_name, text) => {
  const result = parseConfig('lockstep.yaml', text, REGISTERS, ENVIRONMENT);
  expect('problems' in result ? result.problems.map(formatProblem) : []).toEqual([]);
});

test('the documents hold examples', () => {
  expect(examples('README.md')).toHaveLength(1);
  expect(examples('docs/configuration.md').length).toBeGreaterThanOrEqual(4);
});

const blocks = {
  ...{ Envelope, CheckCommon, Http, Token, Jwt, Store, Retention, ScheduledReport, ViolationLog },
  ...{ Gate, GateStage },
};
const kinds = Object.fromEntries(Object.entries(REGISTERS.kinds).map(([name, { schema }]) => [name, schema]));
const engines = Object.fromEntries(
  Object.entries(REGISTERS.engines).map(([name, { schema }]) => [name, schema]),
);

test.each(Object.entries({ ...blocks, ...kinds, ...engines }))(
  'every setting of %s is documented',
  (_n, schema) => {
    const { properties } = schema as unknown as { properties: Record<string, unknown> };
    const missing = Object.keys(properties).filter(
      (name) => !new RegExp(`\`[^\`\n]*\\b${name}\\b`).test(CONFIGURATION),
    );
    expect(missing).toEqual([]);
  },
);

test('the problems shown are those of the fixture they come from', () => {
  const told = readFileSync(join(ROOT, 'tests/fixtures/config/invalid/many-at-once.txt'), 'utf8').split('\n');
  const shown = CONFIGURATION.split('\n').filter((line) => line.startsWith('lockstep.yaml:'));
  expect(shown.length).toBeGreaterThan(2);
  for (const line of shown) expect(told).toContain(line.replace('lockstep.yaml', 'many-at-once.yaml'));
});
