import type { TimeZone } from '@grafana/schema';
import React from 'react';
import type { Check, Violation } from '../../datasource/api';
import { signedDifference } from '../../datasource/difference';
import type { ViolationColumn } from '../model/columns';
import { ageText, signedText, timeText } from '../model/format';
import { StateBadge } from './StateBadge';
import { ValueText } from './ValueText';

interface Props {
  readonly column: ViolationColumn;
  readonly violation: Violation;
  readonly check: Check;
  readonly timeZone: TimeZone;
  readonly now: number;
}

export function ViolationCell({ column: { show }, violation, check, timeZone, now }: Props) {
  const { row, kind } = violation;
  if ('field' in show) {
    return <ValueText value={row[show.field]} />;
  }
  switch (show.common) {
    case 'difference':
      return <>{signedText(differenceOf(check, violation))}</>;
    case 'kind':
      return <>{kind}</>;
    case 'recommended_action':
      return <ValueText value={row['recommended_action']} />;
    case 'first_seen':
      return <time dateTime={violation.first_seen}>{timeText(violation.first_seen, timeZone)}</time>;
    case 'age':
      return <>{ageText((ageEnd(violation, now) - Date.parse(violation.first_seen)) / 1_000)}</>;
    case 'state':
      return <StateBadge violation={violation} timeZone={timeZone} />;
  }
}

function differenceOf({ fields }: Check, { row }: Violation): number | null {
  const [left, right] = [fields.left[0], fields.right[0]];
  return left === undefined || right === undefined ? null : signedDifference(row[left] ?? null, row[right] ?? null);
}

/** A resolved violation has stopped ageing. */
function ageEnd({ resolved_at: resolvedAt }: Violation, now: number): number {
  return resolvedAt === null ? now : Date.parse(resolvedAt);
}
