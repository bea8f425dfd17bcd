/** PromQL whose metric names come from the exporter: a name that it does not have is a compile error here. */
import type { METRICS, MetricName } from '../../exporter/src/metric-definitions';

type HistogramName = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends 'histogram' ? Name : never;
}[MetricName];

export type SeriesName = MetricName | `${HistogramName}_${'bucket' | 'count' | 'sum'}`;

export interface Promql {
  readonly text: string;
}

/** promql`${'lockstep_check_up'}{check="$check"} == 1`: names and other expressions are put in, nothing else can be. */
export function promql(parts: TemplateStringsArray, ...values: Array<SeriesName | Promql>): Promql {
  const texts = values.map((value) => (typeof value === 'string' ? value : value.text));
  return { text: parts.reduce((text, part, index) => text + (texts[index - 1] ?? '') + part) };
}

/*
 * Several exporters may look at the same tables. Of each check, believe the one that could look last; its series are
 * found by the instance that Prometheus gives them. A job is named like its check.
 */
const FRESHEST = promql`label_replace(topk by (job_name) (1, ${'lockstep_job_last_success_timestamp_seconds'}), "check", "$1", "job_name", "(.+)")`;

/** What the exporter that could look last says, one value per check. */
export function freshest(series: Promql): Promql {
  return promql`max by (check) (${series} and on (check, instance) ${FRESHEST})`;
}

/** The sum over the violation kinds. */
export function freshestTotal(series: Promql): Promql {
  return promql`sum by (check) (${series} and on (check, instance) ${FRESHEST})`;
}

export function freshestByKind(series: Promql): Promql {
  return promql`max by (check, kind) (${series} and on (check, instance) ${FRESHEST})`;
}

/**
 * 1 when the exporter that is believed could look at its last run, 0 when it could not; of a check at which none ever
 * could look, 0 as well.
 */
export function couldLook(selector = promql``): Promql {
  const up = promql`${'lockstep_check_up'}${selector}`;
  return promql`(${freshest(up)} or max by (check) (${up}))`;
}

const LOOKED = promql`(${couldLook()} == 1)`;

/** Only of checks that could look at their last run. */
export function fresh(perCheck: Promql): Promql {
  return promql`${perCheck} and on (check) ${LOOKED}`;
}

/** Only of checks that could not: the numbers of the last run that could. */
export function held(perCheck: Promql): Promql {
  return promql`${perCheck} unless on (check) ${LOOKED}`;
}
