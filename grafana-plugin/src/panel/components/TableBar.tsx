import { type GrafanaTheme2 } from '@grafana/data';
import { Button, Combobox, FilterInput, MultiCombobox, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check } from '../../datasource/api';
import type { ExportState } from '../hooks/useExport';
import { EXPORT_FORMATS } from '../model/export';
import { TABLE } from '../texts';

export interface Filter {
  readonly search: string;
  readonly kinds: readonly string[];
  readonly state: 'open' | 'resolved' | 'all';
}

interface Props {
  readonly id: string;
  readonly check: Check;
  readonly filter: Filter;
  readonly onFilter: (part: Partial<Filter>) => void;
  readonly exports: ExportState;
}

const STATES = (['open', 'resolved', 'all'] as const).map((value) => ({ value, label: TABLE.states[value] }));

export function TableBar({ id, check, filter, onFilter, exports }: Props) {
  const styles = useStyles2(getStyles);
  const kinds = check.violation_kinds.map((value) => ({ value, label: value }));
  return (
    <div className={styles.bar}>
      <FilterInput
        value={filter.search}
        placeholder={TABLE.search}
        aria-label={TABLE.search}
        width={24}
        onChange={(search) => onFilter({ search })}
      />
      <MultiCombobox
        id={`${id}-kind`}
        aria-label={TABLE.kindLabel}
        width={24}
        options={kinds}
        value={[...filter.kinds]}
        placeholder={TABLE.kind}
        onChange={(chosen) => onFilter({ kinds: chosen.map(({ value }) => value) })}
      />
      <Combobox
        id={`${id}-state`}
        aria-label={TABLE.stateLabel}
        width={20}
        options={STATES}
        value={filter.state}
        onChange={({ value }) => onFilter({ state: value })}
      />
      <span className={styles.exports}>
        {exports.progress && (
          <span role="status">{TABLE.exporting(exports.progress.done, exports.progress.total)}</span>
        )}
        {EXPORT_FORMATS.map((format) => (
          <Button
            key={format}
            size="sm"
            variant="secondary"
            icon="download-alt"
            aria-label={TABLE.exportAs(format)}
            disabled={exports.progress !== null}
            onClick={() => exports.start(format)}
          >
            {format}
          </Button>
        ))}
      </span>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  exports: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.5), marginLeft: 'auto' }),
});
