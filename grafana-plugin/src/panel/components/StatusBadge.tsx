import { type GrafanaTheme2 } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import { Badge, type BadgeColor, Tooltip, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import type { Check, Status } from '../../datasource/api';
import { timeText } from '../model/format';
import { HEADER, STATUS_TEXTS } from '../texts';

const COLORS: Readonly<Record<Status, BadgeColor>> = {
  healthy: 'green',
  degraded: 'orange',
  critical: 'red',
  unknown: 'blue',
};
const ICONS = {
  healthy: 'check-circle',
  degraded: 'exclamation-triangle',
  critical: 'exclamation-circle',
  unknown: 'question-circle',
} as const;

interface Props {
  readonly check: Check;
  readonly timeZone: TimeZone;
}

export function StatusBadge({ check, timeZone }: Props) {
  const styles = useStyles2(getStyles);
  const { status, held, last_check: lastCheck } = check;
  return (
    <span className={styles.badges}>
      <Badge text={STATUS_TEXTS[status]} color={COLORS[status]} icon={ICONS[status]} />
      {held && lastCheck !== null && (
        <Tooltip content={HEADER.heldHelp}>
          <span tabIndex={0}>
            <Badge text={HEADER.held(timeText(lastCheck, timeZone))} color="purple" icon="clock-nine" />
          </span>
        </Tooltip>
      )}
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  badges: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
});
