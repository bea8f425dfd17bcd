import { Combobox } from '@grafana/ui';
import React from 'react';
import type { Check } from '../api';
import { QUERY } from '../texts';

interface Props {
  readonly id: string;
  readonly checks: readonly Check[];
  readonly value: string | undefined;
  readonly placeholder?: string;
  readonly onChange: (check: string | undefined) => void;
}

/** A check by name, or a template variable typed in. */
export function CheckChooser({ id, checks, value, placeholder = QUERY.checkHelp, onChange }: Props) {
  const options = checks.map(({ name, description }) => ({ value: name, label: name, description: description ?? '' }));
  return (
    <Combobox
      id={id}
      width={32}
      options={options}
      value={value ?? null}
      placeholder={placeholder}
      createCustomValue
      isClearable
      onChange={(option) => onChange(option?.value)}
    />
  );
}
