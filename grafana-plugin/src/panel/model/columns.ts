/** Which columns a check's violations have, and which of them the exporter can sort by. */
import type { Check } from '../../datasource/api';
import type { ViolationSort } from '../../datasource/query';
import { COMMON_COLUMNS } from '../options';
import { COLUMN_TEXTS } from '../texts';

export interface ViolationColumn {
  /** unique: a field of the check may have the name of a common column */
  readonly id: string;
  readonly header: string;
  readonly show: { readonly field: string } | { readonly common: (typeof COMMON_COLUMNS)[number] };
  /** null: not sortable */
  readonly sort: ViolationSort | null;
}

const COMMON_SORTS: Readonly<Partial<Record<(typeof COMMON_COLUMNS)[number], ViolationSort>>> = {
  kind: 'kind',
  first_seen: 'first_seen',
};

export function columnsOf({ fields }: Pick<Check, 'fields'>, hidden: readonly string[]): ViolationColumn[] {
  const { key, left, right } = fields;
  // the exporter sorts a side by its parts in order, which is a sort by the first
  const sides = [
    ...key.map((field, i) => fieldColumn(field, i === 0 ? 'key' : null)),
    ...left.map((field, i) => fieldColumn(field, i === 0 ? 'left' : null)),
    ...right.map((field, i) => fieldColumn(field, i === 0 ? 'right' : null)),
  ];
  const compares = left.length > 0 && right.length > 0;
  const common = COMMON_COLUMNS.filter((name) => name !== 'difference' || compares).map((name): ViolationColumn => ({
    ...{ id: `common:${name}`, header: COLUMN_TEXTS[name], show: { common: name }, sort: COMMON_SORTS[name] ?? null },
  }));
  return [...sides, ...common].filter(({ show }) => !hidden.includes('field' in show ? show.field : show.common));
}

function fieldColumn(field: string, sort: ViolationSort | null): ViolationColumn {
  return { id: `field:${field}`, header: field, show: { field }, sort };
}
