/** A check over time: one point per run, or per day once single runs are not kept. */
import { createDataFrame, type DataFrame, FieldType } from '@grafana/data';
import type { Check, History } from '../api';
import { RATIO_CONFIG, thresholdsOf } from './mappings';

/** Runs that could not look give nulls: a gap in the line, not the value before it. */
export function historyFrame(refId: string, history: History, check: Pick<Check, 'thresholds'> | null): DataFrame {
  const { points } = history;
  const labels = { check: history.check };
  const number = (name: string, displayName: string, values: Array<number | null>) => ({
    ...{ name, type: FieldType.number, labels, values },
    config: { displayNameFromDS: `${displayName} ${history.check}`, unit: 'short', decimals: 0 },
  });
  const ratio = {
    ...number(
      'consistency_ratio',
      'consistency',
      points.map(({ min_ratio }) => min_ratio)
    ),
    config: {
      ...RATIO_CONFIG,
      displayNameFromDS: `consistency ${history.check}`,
      ...(check ? { thresholds: thresholdsOf(check) } : {}),
    },
  };
  return createDataFrame({
    refId,
    name: history.check,
    fields: [
      { name: 'time', type: FieldType.time, values: points.map(({ at }) => Date.parse(at)), config: {} },
      ratio,
      number(
        'violations',
        'violations',
        points.map(({ inconsistent }) => inconsistent)
      ),
      number(
        'checked',
        'checked',
        points.map(({ checked }) => checked)
      ),
      number(
        'opened',
        'opened',
        points.map(({ opened }) => opened)
      ),
      number(
        'resolved',
        'resolved',
        points.map(({ resolved }) => resolved)
      ),
      number(
        'errors',
        'runs that could not look',
        points.map(({ errors }) => errors)
      ),
    ],
  });
}
