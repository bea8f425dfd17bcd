/** The error budget: how many of the keys that were checked may disagree before the objective is missed. */
import { promql, type Promql } from './promql';

const wrong = (selector: Promql, window: Promql) =>
  promql`sum by (check) (increase(${'lockstep_check_rows_inconsistent_total'}${selector}[${window}]))`;
const checked = (selector: Promql, window: Promql) =>
  promql`sum by (check) (increase(${'lockstep_check_rows_evaluated_total'}${selector}[${window}]))`;

/** Numerator and denominator are summed apart: an average of ratios would count a small run like a large one. */
function wrongShare(selector: Promql, window: Promql): Promql {
  return promql`${wrong(selector, window)} / (${checked(selector, window)} > 0)`;
}

/** 1: untouched, 0: used up, below: the objective was missed in the dashboard's time range. */
export function budgetLeft(selector = promql``): Promql {
  return promql`1 - (${wrongShare(selector, promql`$__range`)}) / (1 - $objective)`;
}

/** 1: at this pace the budget lasts just as long as the objective's period. */
export function burnRate(selector = promql``): Promql {
  return promql`(${wrongShare(selector, promql`1h`)}) / (1 - $objective)`;
}
