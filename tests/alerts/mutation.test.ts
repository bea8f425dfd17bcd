/** Every small mistake in a rule turns a promtool test red: the tests say what the rules say, and no less. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testWith } from '../needs.ts';
import { ALL_RULES, cutDown, type CutDown } from './cut-down.ts';
import { EQUIVALENT } from './equivalent.ts';
import { type Mutant, mutantsOf, title, without } from './mutate.ts';
import { HOW_TO_GET_PROMTOOL, nameOf, type Rule } from './rule-files.ts';

/** CI's machines have two cores */
const AT_ONCE = 2;
let folder: string;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-mutants-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Whether every test holds; throws when the rules cannot be read at all, for such a mutant proves nothing. */
async function holds({ rules, tests }: CutDown, original: Rule, mutant: Rule): Promise<boolean> {
  files += 1;
  const base = join(folder, String(files));
  const group = { name: 'g', rules: rules.map((rule) => bare(rule === original ? mutant : rule)) };
  // JSON is YAML
  writeFileSync(`${base}.rules.yml`, JSON.stringify({ groups: [group] }));
  const paths = tests.map((file, at) => {
    const path = `${base}.${at}.test.yml`;
    writeFileSync(path, JSON.stringify({ rule_files: [`${base}.rules.yml`], ...file }));
    return path;
  });
  return new Promise((resolve, reject) => {
    execFile('promtool', ['test', 'rules', ...paths], { maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error === null) resolve(true);
      else if (error.code !== 1 || /parse error|could not parse|unmarshal/.test(output))
        reject(new Error(`${mutant.expr}\n${output}`));
      else resolve(false);
    });
  });
}

/** Annotations ask Prometheus for more each time that an alert fires, and no mutant changes them. */
function bare(rule: Rule): Rule {
  return without(rule, 'annotations');
}

const survives = ({ original, rule }: Mutant): Promise<boolean> => holds(cutDown(original), original, rule);

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [at, item] of queue) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

testWith(
  'promtool',
  HOW_TO_GET_PROMTOOL,
  'the tests that are cut down to one rule hold while the rule is as it is',
  async () => {
    const rules = [...new Map(ALL_RULES.map((rule) => [nameOf(rule), rule])).values()];
    const kept = await inParallel(rules, (rule) => survives({ id: '', original: rule, rule }));
    expect(rules.filter((_, at) => kept[at] !== true).map(title)).toEqual([]);
  },
  120_000,
);

test('every rule has tests of its own', () => {
  expect(ALL_RULES.filter((rule) => cutDown(rule).tests.length === 0).map(title)).toEqual([]);
});

testWith(
  'promtool',
  HOW_TO_GET_PROMTOOL,
  'every small change of a rule turns a test red, but for those that change nothing',
  async () => {
    const started = Date.now();
    const only = process.env['MUTANTS'];
    const mutants = mutantsOf(ALL_RULES).filter(({ id }) => only === undefined || id.includes(only));
    const alive = await inParallel(mutants, survives);
    const survivors = mutants.filter((_, at) => alive[at] === true).map(({ id }) => id);
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stderr.write(
      `\n${mutants.length} mutants of ${ALL_RULES.length} rules: ${mutants.length - survivors.length} killed, ` +
        `${survivors.length} alive, of which ${EQUIVALENT.size} change nothing; ${seconds} s\n`,
    );
    expect(survivors.sort()).toEqual([...EQUIVALENT.keys()].sort());
  },
  600_000,
);
