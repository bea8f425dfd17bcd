import { type GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { useState } from 'react';
import type { Marking } from '../hooks/useMarks';
import { REPAIR } from '../repair-texts';
import { KNOWN } from '../texts';
import { ActStatus } from './ActStatus';
import { MarkKnownForm } from './MarkKnownForm';

interface Props {
  /** ids of violations */
  readonly selected: readonly string[];
  /** ISO 8601: when the exporter had last seen them as they were selected; null without any */
  readonly asOf: string | null;
  readonly marking: Marking;
  readonly onClear: () => void;
  /** null: nobody may, or nothing can */
  readonly onRepair: (() => void) | null;
}

/** What can be done with the rows that are selected, and what came of it. */
export function SelectionBar({ selected, asOf, marking, onClear, onRepair }: Props) {
  const styles = useStyles2(getStyles);
  const [asking, setAsking] = useState(false);
  const none = selected.length === 0 || marking.state.step === 'working';
  return (
    <div className={styles.bar}>
      {selected.length > 0 && (
        <>
          <span>{KNOWN.selected(selected.length)}</span>
          <Button size="sm" icon="check-circle" disabled={none} onClick={() => setAsking(true)}>
            {KNOWN.mark}
          </Button>
          <Button size="sm" variant="secondary" disabled={none} onClick={() => marking.unmark(selected)}>
            {KNOWN.unmark}
          </Button>
          {onRepair !== null && (
            <Button size="sm" variant="secondary" icon="process" disabled={none} onClick={onRepair}>
              {REPAIR.preview}
            </Button>
          )}
          <Button size="sm" variant="secondary" fill="text" onClick={onClear}>
            {KNOWN.clear}
          </Button>
        </>
      )}
      <ActStatus state={marking.state} />
      {asking && (
        <MarkKnownForm
          count={selected.length}
          onCancel={() => setAsking(false)}
          onSubmit={(given) => {
            setAsking(false);
            marking.mark({ ids: [...selected], ...(asOf !== null && { as_of: asOf }), ...given });
          }}
        />
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
});
