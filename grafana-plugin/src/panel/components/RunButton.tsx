import { type GrafanaTheme2 } from '@grafana/data';
import { Button, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React, { type ReactNode } from 'react';
import type { RunState } from '../hooks/useRun';
import { RUN, runResult } from '../texts';

interface Props {
  readonly allowed: boolean;
  readonly state: RunState;
  readonly onRun: () => void;
  /** buttons beside it */
  readonly children?: ReactNode;
}

/** Runs the check and says what came of it; a screen reader hears it, too. */
export function RunButton({ allowed, state, onRun, children }: Props) {
  const styles = useStyles2(getStyles);
  const running = state.step === 'running';
  return (
    <div className={styles.run}>
      <Button
        size="sm"
        icon={running ? 'sync' : 'play'}
        disabled={!allowed || running}
        tooltip={allowed ? undefined : RUN.viewer}
        onClick={onRun}
      >
        {RUN.now}
      </Button>
      {children}
      <span role="status" className={styles.result}>
        {message(state)}
      </span>
    </div>
  );
}

function message(state: RunState): string {
  switch (state.step) {
    case 'idle':
      return '';
    case 'running':
      return RUN.running(state.seconds);
    case 'finished':
      return runResult(state.run);
    case 'failed':
      return `${RUN.failed}: ${state.reason}`;
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  run: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  result: css({ color: theme.colors.text.secondary, overflowWrap: 'anywhere' }),
});
