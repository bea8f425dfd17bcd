/** The rules and the promtool tests that are committed, as their YAML says them. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../grafana/dashboards.ts';

export const FOLDER = join(ROOT, 'alerts/prometheus');
export const RULE_FILES = ['lockstep.rules.yml', 'role-system.rules.yml'];
export const TEST_FILES = readdirSync(join(FOLDER, 'tests')).filter((name) => name.endsWith('.test.yml'));
export const HOW_TO_GET_PROMTOOL =
  'On Debian: apt-get install prometheus. Elsewhere: https://prometheus.io/download/';

/** An alert or a recording rule; which of the two, `alert` or `record` tells. */
export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

export interface Assertion {
  readonly expr: string;
  /** minutes, as `25m` */
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

export interface Scenario {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly promql_expr_test?: readonly Assertion[];
}

export interface TestFile {
  readonly rule_files: readonly string[];
  readonly evaluation_interval: string;
  readonly group_eval_order: readonly string[];
  readonly tests: readonly Scenario[];
}

export function rulesOf(file: string): RuleGroup[] {
  return (parse(readFileSync(join(FOLDER, basename(file)), 'utf8')) as { groups: RuleGroup[] }).groups;
}

export function testFile(name: string): TestFile {
  return parse(readFileSync(join(FOLDER, 'tests', name), 'utf8')) as TestFile;
}

export const nameOf = (rule: Rule): string => rule.alert ?? rule.record ?? '';

/** Whether a PromQL expression, or a matcher in it, has this name as a whole word. */
export const mentions = (expr: string, name: string): boolean =>
  new RegExp(`(?<![\\w:])${name}(?![\\w:])`).test(expr);
