/** `lockstep.yaml` → `Config`, or every problem in it at once. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from './config.ts';
import { fileFault, interpolate, type Environment } from './interpolate.ts';
import { normalise } from './normalise.ts';
import { ConfigError, Problems, sorted, type Problem } from './problem.ts';
import type { Registers } from './registers.ts';
import type { RawEnvelope } from './schema.ts';
import { valueOf, type Tree } from './tree.ts';
import { typed, validate } from './validate.ts';
import { readYaml } from './yaml-document.ts';

/** @param file as messages shall name it; relative paths in the text start at its folder */
export function parseConfig(
  file: string,
  text: string,
  registers: Registers,
  env: Environment,
): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const { tree, faults } = readYaml(text);
  const yaml = faults.map(({ at, ...words }) => ({
    file,
    ...at,
    path: '(yaml)',
    ...words,
    suggestion: null,
  }));
  if (!tree) return { problems: yaml.length > 0 ? sorted(yaml) : [wholeFile(file, 'is empty', START_HERE)] };
  if (tree.kind !== 'map') return { problems: sorted([...yaml, notAMap(file, tree)]) };
  const found = new Problems(file, tree);
  const root = typed(interpolate(tree, env, dirname(file), found), registers);
  validate(root, file, registers, found);
  const problems = sorted([...yaml, ...found.list()]);
  return problems.length > 0
    ? { problems }
    : { config: normalise(file, valueOf(root) as RawEnvelope, registers) };
}

/** Reads the file. Throws a `ConfigError` that lists every problem, one a line. */
export function loadConfig(file: string, registers: Registers, env: Environment): Config {
  const result = parseConfig(file, readConfigFile(file), registers, env);
  if ('problems' in result) throw new ConfigError(result.problems);
  return result.config;
}

/** Throws a `ConfigError` that says why the file cannot be read. */
export function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const fix = 'check the path, or write a first one with `lockstep init --url postgres://…`';
    throw new ConfigError([wholeFile(file, `cannot be read (${fileFault(error)})`, fix)]);
  }
}

const START_HERE = 'start with `sources:` and `checks:`, as in lockstep.example.yaml';

function notAMap(file: string, tree: Tree): Problem {
  const what = tree.kind === 'list' ? 'a list' : 'a single value';
  return { ...wholeFile(file, `must be a map of settings, not ${what}`, START_HERE), ...tree.at };
}

function wholeFile(file: string, message: string, fix: string): Problem {
  return { file, line: 1, column: 1, path: '(whole file)', message, fix, suggestion: null };
}
