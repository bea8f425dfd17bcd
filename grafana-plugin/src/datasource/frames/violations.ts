/** Violations, one row each, under the field names of their check. */
import { createDataFrame, type DataFrame, type Field, FieldType, type QueryResultMetaNotice } from '@grafana/data';
import type { Check, Violation } from '../api';
import { signedDifference } from '../difference';
import { millis } from './checks';
import { checkLink } from './mappings';

export interface ViolationsMeta {
  readonly total: number;
  readonly next_cursor: string | null;
  readonly capped: boolean;
}

type Value = Violation['row'][string];

/** @param check absent when violations of several checks are listed: then each has its key and values as text */
export function violationsFrame(
  refId: string,
  rows: readonly Violation[],
  meta: ViolationsMeta,
  check: Check | null
): DataFrame {
  const column = <T>(tell: (row: Violation) => T) => rows.map(tell);
  const string = (
    name: string,
    displayName: string,
    tell: (row: Violation) => string | null
  ): Partial<Field> & Pick<Field, 'name'> => ({
    ...{ name, type: FieldType.string, values: column(tell), config: { displayName } },
  });
  const time = (name: string, displayName: string, tell: (row: Violation) => string | null) => ({
    ...{ name, type: FieldType.time, values: column((row) => millis(tell(row))), config: { displayName } },
  });
  return createDataFrame({
    refId,
    name: 'violations',
    meta: { custom: { ...meta }, notices: notices(rows.length, meta) },
    fields: [
      ...(check
        ? namedFields(rows, check)
        : [string('check', 'Check', (row) => row.check), string('row', 'Row', described)]),
      string('kind', 'Kind', ({ kind }) => kind),
      string('state', 'State', ({ state }) => state),
      string('recommended_action', 'Recommended action', ({ row }) => text(row['recommended_action'])),
      time('first_seen', 'First seen', (row) => row.first_seen),
      time('last_seen', 'Last seen', (row) => row.last_seen),
      time('resolved_at', 'Resolved', (row) => row.resolved_at),
      {
        name: 'times_seen',
        type: FieldType.number,
        values: column((row) => row.times_seen),
        config: { displayName: 'Times seen', decimals: 0 },
      },
      string('id', 'Violation', ({ id }) => id),
    ],
  });
}

function namedFields(rows: readonly Violation[], { name, fields }: Check): Array<Partial<Field> & Pick<Field, 'name'>> {
  const { key, left, right } = fields;
  const named = [...key, ...left, ...right].map((field) =>
    valueField(
      field,
      rows.map(({ row }) => row[field] ?? null)
    )
  );
  const [first, ...others] = named;
  const linked = first ? [{ ...first, config: { ...first.config, links: [checkLink(name)] } }, ...others] : [];
  const [from, to] = [left[0], right[0]];
  if (from === undefined || to === undefined) {
    return linked;
  }
  const difference = {
    name: 'difference',
    type: FieldType.number,
    values: rows.map(({ row }) => signedDifference(row[from] ?? null, row[to] ?? null)),
    config: { displayName: 'Difference', description: `${to} minus ${from}` },
  };
  return [...linked, difference];
}

/** A number where every value is one that a double holds exactly; text otherwise, so that no digit is lost. */
function valueField(name: string, values: readonly Value[]): Field {
  const exact = (value: Value) =>
    value === null || typeof value === 'number' || (typeof value === 'string' && /^(0|-?[1-9]\d{0,14})$/.test(value));
  const numeric = values.some((value) => value !== null) && values.every(exact);
  const whole = values.every((value) => value === null || Number.isInteger(Number(value)));
  return {
    name,
    type: numeric ? FieldType.number : FieldType.string,
    values: values.map((value) => (value === null ? null : numeric ? Number(value) : String(value))),
    // no thousands separators in a key, and no rounding of a fraction: `string` shows every digit
    config: { displayName: name, ...(numeric ? (whole ? { unit: 'none', decimals: 0 } : { unit: 'string' }) : {}) },
  };
}

function described({ row }: Violation): string {
  const fields = Object.entries(row).filter(([name]) => name !== 'recommended_action');
  return fields.map(([name, value]) => `${name}=${text(value) ?? '-'}`).join(' ');
}

function text(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

function notices(shown: number, { total, capped }: ViolationsMeta): QueryResultMetaNotice[] {
  const found: QueryResultMetaNotice[] = [];
  if (shown < total) {
    found.push({ severity: 'info', text: `The first ${shown} of ${total} violations; raise the limit to see more.` });
  }
  if (capped) {
    found.push({
      severity: 'warning',
      text: 'More violations were counted than are followed row by row (maxViolations).',
    });
  }
  return found;
}
