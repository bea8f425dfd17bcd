import { type GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { ActState } from '../hooks/useAct';
import { ACT } from '../texts';

/** What came of an act, in words; a screen reader hears it, too. */
export function ActStatus({ state }: { readonly state: ActState }) {
  const styles = useStyles2(getStyles);
  return (
    <span role="status" className={styles.result}>
      {message(state)}
    </span>
  );
}

function message(state: ActState): string {
  switch (state.step) {
    case 'idle':
      return '';
    case 'working':
      return ACT.working;
    case 'done':
      return state.text;
    case 'failed':
      return `${ACT.failed}: ${state.reason}`;
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  result: css({ color: theme.colors.text.secondary, overflowWrap: 'anywhere' }),
});
