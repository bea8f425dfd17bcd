/** The smallest promtool test that can still notice a change of one rule: the whole set takes seconds, a thousand times. */
import {
  type Assertion,
  mentions,
  nameOf,
  type Rule,
  RULE_FILES,
  rulesOf,
  TEST_FILES,
  testFile,
  type TestFile,
} from './rule-files.ts';

export const ALL_RULES: readonly Rule[] = RULE_FILES.flatMap((file) =>
  rulesOf(file).flatMap(({ rules }) => rules),
);
/** What survives a redeploy holds long windows for all alerts at once, and notices nothing that the others do not. */
const TESTS: readonly TestFile[] = TEST_FILES.filter((name) => name !== 'redeploy.test.yml').map(testFile);

export interface CutDown {
  readonly rules: readonly Rule[];
  /** one per file of tests, because each has its own interval of evaluation */
  readonly tests: readonly Omit<TestFile, 'rule_files' | 'group_eval_order'>[];
}

/** What names the rule itself: a recording is held to its own tests, not to those of the alerts that ask for it. */
export function cutDown(rule: Rule): CutDown {
  const tells = ({ expr }: Assertion): boolean => mentions(expr, nameOf(rule));
  const kept = TESTS.map(({ evaluation_interval, tests }) => ({
    evaluation_interval,
    tests: tests.flatMap((scenario) => {
      const promql_expr_test = (scenario.promql_expr_test ?? []).filter(tells);
      const { name, interval, input_series } = scenario;
      return promql_expr_test.length === 0 ? [] : [{ name, interval, input_series, promql_expr_test }];
    }),
  })).filter(({ tests }) => tests.length > 0);
  const asked = kept.flatMap(({ tests }) => tests.flatMap((one) => one.promql_expr_test));
  const rules = needed(asked);
  const known = [...rules, ...asked].map(({ expr }) => expr);
  return {
    rules,
    tests: kept.map(({ evaluation_interval, tests }) => ({
      evaluation_interval,
      tests: tests.map((one) => ({
        ...one,
        input_series: one.input_series.filter(({ series }) =>
          known.some((expr) => mentions(expr, series.split('{', 1)[0]!)),
        ),
      })),
    })),
  };
}

/** The rules that the assertions name, with everything that they are computed from, in the order of the files. */
function needed(asked: readonly { readonly expr: string }[], known: readonly Rule[] = []): Rule[] {
  const rules = ALL_RULES.filter(
    (rule) => known.includes(rule) || asked.some(({ expr }) => mentions(expr, nameOf(rule))),
  );
  return rules.length === known.length ? rules : needed(rules, rules);
}
