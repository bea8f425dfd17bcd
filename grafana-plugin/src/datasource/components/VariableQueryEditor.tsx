import type { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, InlineFieldRow } from '@grafana/ui';
import React from 'react';
import type { LockstepDataSource } from '../datasource';
import type { LockstepJsonData, LockstepQuery, LockstepVariableQuery } from '../query';
import { QUERY, VARIABLE_TEXTS } from '../texts';
import { CheckChooser } from './CheckChooser';
import { useChecks } from './useChecks';

type Props = QueryEditorProps<
  LockstepDataSource,
  LockstepQuery,
  LockstepJsonData,
  LockstepVariableQuery & LockstepQuery
>;

const VALUES = (['checks', 'kinds', 'field'] as const).map((value) => ({ value, label: VARIABLE_TEXTS[value] }));

export function VariableQueryEditor({ datasource, query, onChange }: Props) {
  const checks = useChecks(datasource);
  const { values = 'checks', check, field } = query;
  const fields = [...new Set(checks.filter(({ name }) => name === check).flatMap((one) => one.fields.key))];
  const change = (part: Partial<LockstepVariableQuery>) =>
    onChange({ ...query, refId: query.refId || 'A', values, ...part });
  return (
    <InlineFieldRow>
      <InlineField label={QUERY.values} labelWidth={12}>
        <Combobox
          id="lockstep-variable-values"
          width={40}
          options={VALUES}
          value={values}
          onChange={({ value }) => change({ values: value })}
        />
      </InlineField>
      {values !== 'checks' && (
        <InlineField label={QUERY.check} labelWidth={12}>
          <CheckChooser
            id="lockstep-variable-check"
            checks={checks}
            value={check}
            placeholder={QUERY.allChecks}
            onChange={(name) => change({ check: name })}
          />
        </InlineField>
      )}
      {values === 'field' && (
        <InlineField label={QUERY.field} labelWidth={12}>
          <Combobox
            id="lockstep-variable-field"
            width={24}
            options={fields.map((value) => ({ value, label: value }))}
            value={field ?? null}
            createCustomValue
            onChange={({ value }) => change({ field: value })}
          />
        </InlineField>
      )}
    </InlineFieldRow>
  );
}
