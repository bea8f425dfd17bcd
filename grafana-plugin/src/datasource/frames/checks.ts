/** Checks, one row each: for tables and stats. */
import { createDataFrame, type DataFrame, type Field, FieldType } from '@grafana/data';
import type { Check } from '../api';
import { checkLink, RATIO_CONFIG, runbookLink, STATUS_CONFIG, thresholdsOf } from './mappings';

/** @param checks the list of the API, or one check of it */
export function checksFrame(refId: string, checks: readonly Check[]): DataFrame {
  return createDataFrame({ refId, name: 'checks', fields: checkFields(checks) });
}

/** One field for each thing that can be told of a check; a ratio has the thresholds of its check where there is just one. */
export function checkFields(
  checks: readonly Check[]
): Array<Partial<Field> & Pick<Field, 'name' | 'type' | 'values' | 'config'>> {
  const [only] = checks.length === 1 ? checks : [];
  const column = <T>(tell: (check: Check) => T) => checks.map(tell);
  const string = FieldType.string;
  const number = FieldType.number;
  const time = FieldType.time;
  return [
    {
      name: 'check',
      type: string,
      values: column(({ name }) => name),
      config: { displayName: 'Check', links: only ? [checkLink(only.name), ...runbookLink(only)] : CHECK_LINKS },
    },
    { name: 'status', type: string, values: column(({ status }) => status), config: STATUS_CONFIG },
    {
      name: 'consistency_ratio',
      type: number,
      values: column(({ result }) => result?.consistency_ratio ?? null),
      config: { ...RATIO_CONFIG, displayName: 'Consistency', ...(only ? { thresholds: thresholdsOf(only) } : {}) },
    },
    {
      name: 'checked',
      type: number,
      values: column(({ result }) => result?.checked ?? null),
      config: { displayName: 'Checked', unit: 'short', decimals: 0 },
    },
    {
      name: 'violations',
      type: number,
      values: column(({ result }) => result?.inconsistent ?? null),
      config: { displayName: 'Violations', unit: 'short', decimals: 0 },
    },
    {
      name: 'entities_violating',
      type: number,
      values: column((check) => check.entities_violating),
      config: { displayName: 'Entities violating', unit: 'short', decimals: 0 },
    },
    {
      name: 'held',
      type: FieldType.boolean,
      values: column(({ held }) => held),
      config: {
        displayName: 'Held',
        description: 'The source cannot be looked at: the numbers are those of the last check',
      },
    },
    {
      name: 'requires_attention',
      type: FieldType.boolean,
      values: column((check) => check.requires_attention),
      config: { displayName: 'Requires attention' },
    },
    {
      name: 'last_check',
      type: time,
      values: column((check) => millis(check.last_check)),
      config: { displayName: 'Last check' },
    },
    {
      name: 'last_attempt',
      type: time,
      values: column((check) => millis(check.last_attempt)),
      config: { displayName: 'Last attempt' },
    },
    {
      name: 'next_run',
      type: time,
      values: column((check) => millis(check.next_run)),
      config: { displayName: 'Next run' },
    },
    {
      name: 'oldest_violation',
      type: time,
      values: column((check) => millis(check.oldest_violation)),
      config: { displayName: 'Oldest violation' },
    },
    { name: 'severity', type: string, values: column(({ severity }) => severity), config: { displayName: 'Severity' } },
    { name: 'kind', type: string, values: column(({ kind }) => kind), config: { displayName: 'Kind' } },
    { name: 'owner', type: string, values: column(({ owner }) => owner), config: { displayName: 'Owner' } },
    {
      name: 'description',
      type: string,
      values: column(({ description }) => description),
      config: { displayName: 'Description' },
    },
  ];
}

const CHECK_LINKS = [
  { title: 'Open the check', url: '/d/lockstep-check?var-check=${__value.raw:percentencode}&${__url_time_range}' },
];

export function millis(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
