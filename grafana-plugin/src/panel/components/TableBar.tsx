import { type GrafanaTheme2 } from '@grafana/data';
import { Button, FilterInput, FilterPill, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check } from '../../datasource/api';
import { VIOLATION_STATES, type ViolationStates } from '../../datasource/query';
import type { ExportState } from '../hooks/useExport';
import { countText } from '../model/format';
import { EXPORT_FORMATS } from '../model/export';
import { TABLE } from '../texts';

export interface Filter {
  readonly search: string;
  readonly kinds: readonly string[];
  readonly state: ViolationStates;
}

interface Props {
  readonly check: Check;
  readonly filter: Filter;
  readonly onFilter: (part: Partial<Filter>) => void;
  readonly exports: ExportState;
}

const STATES = VIOLATION_STATES.map((value) => ({ value, label: TABLE.states[value] }));

export function TableBar({ check, filter, onFilter, exports }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.bar}>
      <FilterInput
        value={filter.search}
        placeholder={TABLE.search}
        aria-label={TABLE.search}
        width={24}
        onChange={(search) => onFilter({ search })}
      />
      <span role="group" aria-label={TABLE.kindLabel} className={styles.kinds}>
        {check.violation_kinds.map((kind) => (
          <FilterPill
            key={kind}
            label={`${kind} ${countText(check.result?.counts[kind] ?? 0)}`}
            selected={filter.kinds.includes(kind)}
            onClick={() => onFilter({ kinds: toggled(filter.kinds, kind) })}
          />
        ))}
      </span>
      <RadioButtonGroup
        size="sm"
        aria-label={TABLE.stateLabel}
        options={STATES}
        value={filter.state}
        onChange={(state) => onFilter({ state })}
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

/** None chosen means all. */
function toggled(kinds: readonly string[], kind: string): string[] {
  return kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind];
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  kinds: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
  exports: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.5), marginLeft: 'auto' }),
});
