/** Every small mistake in a rule turns a promtool test red: the tests say what the rules say, and no less. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testWith } from '../needs.ts';
import { ALL_RULES, type CutDown, cutDown } from './cut-down.ts';
import { EQUIVALENT } from './equivalent.ts';
import { minutes, type Mutant, mutantsOf, title, without } from './mutate.ts';
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

/** Whether the tests hold; throws when the rules cannot be read at all, for such a mutant proves nothing. */
async function holds(rules: readonly Rule[], sheets: readonly Sheet[]): Promise<boolean> {
  files += 1;
  const base = join(folder, String(files));
  // JSON is YAML
  writeFileSync(`${base}.rules.yml`, JSON.stringify({ groups: [{ name: 'g', rules }] }));
  const paths = sheets.map((sheet, at) => {
    const path = `${base}.${at}.test.yml`;
    writeFileSync(path, JSON.stringify({ rule_files: [`${base}.rules.yml`], ...sheet }));
    return path;
  });
  return new Promise((resolve, reject) => {
    execFile('promtool', ['test', 'rules', ...paths], { maxBuffer: 1e8 }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error === null) resolve(true);
      else if (error.code !== 1 || /parse error|could not parse|unmarshal/.test(output))
        reject(new Error(output));
      else resolve(false);
    });
  });
}

/** Annotations ask Prometheus for more each time that an alert fires, and no mutant changes them. */
function bare(rule: Rule): Rule {
  return without(rule, 'annotations');
}

/** One scenario of a file of tests. */
type Sheet = CutDown['tests'][number];

const cuts = new Map<Rule, { readonly rules: readonly Rule[]; sheets: readonly Sheet[] }>();

function cut(rule: Rule): { readonly rules: readonly Rule[]; sheets: readonly Sheet[] } {
  const known = cuts.get(rule);
  if (known) return known;
  const { rules, tests } = cutDown(rule);
  const sheets = tests.flatMap((file) => file.tests.map((scenario) => ({ ...file, tests: [scenario] })));
  const made = { rules, sheets: sheets.sort((a, b) => evaluations(a) - evaluations(b)) };
  cuts.set(rule, made);
  return made;
}

function evaluations({ evaluation_interval: interval, tests }: Sheet): number {
  const times = tests.flatMap(({ promql_expr_test: asked }) =>
    (asked ?? []).map((one) => minutes(one.eval_time)),
  );
  return Math.max(...times) / minutes(interval);
}

/** Scenario by scenario, short ones first; the one that found out the mutant before this one is asked before all others. */
async function survives({ original, rule, id }: Mutant): Promise<boolean> {
  const own = cut(original);
  const rules = own.rules.map((one) => bare(one === original ? rule : one));
  for (const sheet of own.sheets) {
    const held = await holds(rules, [sheet]).catch((error: unknown) => {
      throw new Error(id, { cause: error });
    });
    if (held) continue;
    own.sheets = [sheet, ...own.sheets.filter((one) => one !== sheet)];
    return false;
  }
  return true;
}

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
    const kept = await inParallel(rules, (rule) => {
      const own = cutDown(rule);
      return holds(own.rules.map(bare), own.tests);
    });
    expect(rules.filter((_, at) => kept[at] !== true).map(title)).toEqual([]);
  },
  600_000,
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
  1_800_000,
);
