import type { QueryEditorProps } from '@grafana/data';
import { Combobox, InlineField, InlineFieldRow, Input, MultiCombobox } from '@grafana/ui';
import React from 'react';
import type { LockstepDataSource } from '../datasource';
import { EVENT_TYPES, type LockstepJsonData, type LockstepQuery, QUERY_TYPES } from '../query';
import { EVENT_TEXTS, QUERY, QUERY_TYPE_TEXTS } from '../texts';
import { CheckChooser } from './CheckChooser';
import { useChecks } from './useChecks';
import { ViolationFilterEditor } from './ViolationFilterEditor';

type Props = QueryEditorProps<LockstepDataSource, LockstepQuery, LockstepJsonData>;

const TYPES = QUERY_TYPES.map((value) => ({ value, ...QUERY_TYPE_TEXTS[value] }));
const EVENTS = EVENT_TYPES.map((value) => ({ value, label: EVENT_TEXTS[value] }));
const WITH_CHECK = ['status', 'violations', 'history', 'runs'];

export function QueryEditor({ datasource, query, onChange, onRunQuery }: Props) {
  const checks = useChecks(datasource);
  const change = (part: Partial<LockstepQuery>) => {
    onChange({ ...query, ...part });
    onRunQuery();
  };
  const { queryType = 'status', check, refId } = query;
  const id = (name: string) => `lockstep-${name}-${refId}`;
  return (
    <>
      <InlineFieldRow>
        {query.events === undefined ? (
          <InlineField label={QUERY.type} labelWidth={10}>
            <Combobox
              id={id('type')}
              width={24}
              options={TYPES}
              value={queryType}
              onChange={({ value }) => change({ queryType: value })}
            />
          </InlineField>
        ) : (
          <InlineField label={QUERY.events} labelWidth={10}>
            <MultiCombobox
              id={id('events')}
              width={40}
              options={EVENTS}
              value={[...query.events]}
              onChange={(chosen) => change({ events: chosen.map(({ value }) => value) })}
            />
          </InlineField>
        )}
        {WITH_CHECK.includes(queryType) && (
          <InlineField label={QUERY.check} labelWidth={10} tooltip={QUERY.checkHelp}>
            <CheckChooser id={id('check')} checks={checks} value={check} onChange={(name) => change({ check: name })} />
          </InlineField>
        )}
        {queryType === 'violation' && (
          <InlineField label={QUERY.violation} labelWidth={10} tooltip={QUERY.violationHelp}>
            <Input
              id={id('violation')}
              width={48}
              defaultValue={query.violation ?? ''}
              onBlur={({ currentTarget }) => change({ violation: currentTarget.value.trim() })}
            />
          </InlineField>
        )}
      </InlineFieldRow>
      {queryType === 'violations' && <ViolationFilterEditor id={id} checks={checks} query={query} onChange={change} />}
    </>
  );
}
