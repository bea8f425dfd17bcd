/** What the built modules weigh and bring. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';

const DIST = join(import.meta.dirname, '..', '..', 'grafana-plugin', 'dist');
const MODULES = ['module.js', 'datasource/module.js', 'panel/module.js'];
const LIMIT_BYTES = 60_000;

/** What Grafana 11.6 to 13.2 all share with plugins; `module` is the AMD loader's own. */
const SHARED = [
  '@emotion/css',
  '@grafana/data',
  '@grafana/runtime',
  '@grafana/ui',
  'module',
  'react',
  'rxjs',
];

test.each(MODULES)('%s is small and needs only what every line of Grafana shares', (name) => {
  const code = readFileSync(join(DIST, name), 'utf8');
  const bytes = gzipSync(code).length;
  process.stderr.write(`${name}: ${String(bytes)} bytes gzip\n`);
  expect(bytes).toBeLessThan(LIMIT_BYTES);
  const needed = JSON.parse(/define\((\[[^\]]*\])/.exec(code)?.[1] ?? 'null') as string[];
  expect(needed.filter((id) => !SHARED.includes(id))).toEqual([]);
  expect(readFileSync(join(DIST, `${name}.map`), 'utf8')).toContain('"sources"');
});
