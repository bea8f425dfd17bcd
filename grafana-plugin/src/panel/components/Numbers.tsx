import type { TimeZone } from '@grafana/schema';
import React from 'react';
import type { Check } from '../../datasource/api';
import { countText, pointsText, timeText } from '../model/format';
import { HEADER } from '../texts';
import { Facts } from './Facts';

interface Props {
  readonly check: Check;
  /** of the newest run; null when it is not known */
  readonly durationSeconds: number | null;
  readonly timeZone: TimeZone;
  readonly compact: boolean;
}

export function Numbers({ check, durationSeconds, timeZone, compact }: Props) {
  const { result } = check;
  const known = Object.values(check.known).reduce((sum, count) => sum + count, 0);
  const time = (iso: string | null, otherwise: string) => (iso === null ? otherwise : timeText(iso, timeZone));
  const numbers = [
    { label: HEADER.checked, value: countText(result?.checked) },
    { label: HEADER.open, value: countText(result && Math.max(0, result.inconsistent - known)) },
    ...(known === 0 ? [] : [{ label: HEADER.known, value: countText(known) }]),
    ...(check.baseline === null ? [] : [{ label: HEADER.drift, value: pointsText(check.baseline.drift_points) }]),
    { label: HEADER.attention, value: check.requires_attention ? HEADER.yes : HEADER.no },
    { label: HEADER.lastCheck, value: time(check.last_check, HEADER.never) },
    { label: HEADER.nextCheck, value: time(check.next_run, HEADER.unscheduled) },
    ...(durationSeconds === null ? [] : [{ label: HEADER.duration, value: `${durationSeconds} s` }]),
  ];
  return <Facts facts={numbers} compact={compact} />;
}
