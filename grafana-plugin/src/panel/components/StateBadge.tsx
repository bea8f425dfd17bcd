import type { TimeZone } from '@grafana/schema';
import { Badge } from '@grafana/ui';
import React from 'react';
import type { Violation } from '../../datasource/api';
import { knownText } from '../model/known';

interface Props {
  readonly violation: Pick<Violation, 'state' | 'known'>;
  readonly timeZone: TimeZone;
}

const COLORS = { open: 'orange', known: 'purple', resolved: 'green' } as const;

/** A known one says why, by whom and until when to whoever points at it. */
export function StateBadge({ violation: { state, known }, timeZone }: Props) {
  return <Badge text={state} color={COLORS[state]} tooltip={known ? knownText(known, timeZone) : undefined} />;
}
