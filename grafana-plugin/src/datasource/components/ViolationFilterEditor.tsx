import { Combobox, InlineField, InlineFieldRow, Input, MultiCombobox } from '@grafana/ui';
import React from 'react';
import type { Check } from '../api';
import { type LockstepQuery, VIOLATION_STATES, type ViolationSort } from '../query';
import { QUERY } from '../texts';

interface Props {
  readonly id: (name: string) => string;
  readonly checks: readonly Check[];
  readonly query: LockstepQuery;
  readonly onChange: (part: Partial<LockstepQuery>) => void;
}

const option = <T extends string>(value: T) => ({ value, label: value.replace('_', ' ') });
const STATES = VIOLATION_STATES.map(option);
const ORDERS = (['desc', 'asc'] as const).map(option);
const SORTS = (
  [
    'last_seen',
    'first_seen',
    'resolved',
    'times_seen',
    'check',
    'kind',
    'key',
    'left',
    'right',
  ] satisfies ViolationSort[]
).map(option<ViolationSort>);
const MAX_ROWS = 10_000;

export function ViolationFilterEditor({ id, checks, query, onChange }: Props) {
  const chosen = checks.filter(({ name }) => query.check === undefined || name === query.check);
  const kinds = [...new Set(chosen.flatMap((check) => check.violation_kinds))].map(option);
  return (
    <InlineFieldRow>
      <InlineField label={QUERY.kinds} labelWidth={10}>
        <MultiCombobox
          id={id('kinds')}
          width={24}
          options={kinds}
          value={[...(query.kinds ?? [])]}
          createCustomValue
          onChange={(values) => onChange({ kinds: values.map(({ value }) => value) })}
        />
      </InlineField>
      <InlineField label={QUERY.state} labelWidth={10}>
        <Combobox
          id={id('state')}
          width={16}
          options={STATES}
          value={query.state ?? 'open'}
          onChange={({ value }) => onChange({ state: value })}
        />
      </InlineField>
      <InlineField label={QUERY.search} labelWidth={10} tooltip={QUERY.searchHelp}>
        <Input
          id={id('search')}
          width={24}
          defaultValue={query.search ?? ''}
          onBlur={({ currentTarget }) => onChange({ search: currentTarget.value || undefined })}
        />
      </InlineField>
      <InlineField label={QUERY.sort} labelWidth={10}>
        <Combobox
          id={id('sort')}
          width={16}
          options={SORTS}
          value={query.sort ?? 'last_seen'}
          onChange={({ value }) => onChange({ sort: value })}
        />
      </InlineField>
      <InlineField label={QUERY.order} labelWidth={10}>
        <Combobox
          id={id('order')}
          width={12}
          options={ORDERS}
          value={query.order ?? 'desc'}
          onChange={({ value }) => onChange({ order: value })}
        />
      </InlineField>
      <InlineField label={QUERY.limit} labelWidth={10}>
        <Input
          id={id('limit')}
          width={12}
          type="number"
          min={1}
          max={MAX_ROWS}
          defaultValue={query.limit ?? 1_000}
          onBlur={({ currentTarget }) => onChange({ limit: limitOf(currentTarget.value) })}
        />
      </InlineField>
    </InlineFieldRow>
  );
}

function limitOf(text: string): number | undefined {
  const limit = Number.parseInt(text, 10);
  return Number.isNaN(limit) ? undefined : Math.min(Math.max(limit, 1), MAX_ROWS);
}
