/** The shape of a gate's decision as JSON. */
import { Type, type Static } from 'typebox';
import { GATE_DECISIONS, GATE_SIGNALS } from '../core/gate.ts';
import { oneOf, orNull, strict, Time } from './api-schemas.ts';

const Decision = oneOf(GATE_DECISIONS);

const Reason = Type.Object(
  {
    signal: oneOf(GATE_SIGNALS),
    check: orNull(Type.String(), 'Null when it is not of one check'),
    decision: Decision,
    value: orNull(Type.Number(), 'A ratio; of freshness and latency seconds'),
    threshold: orNull(Type.Number(), 'The limit that decided, or the nearest'),
    words: Type.String(),
  },
  strict,
);

export const GateDocument = Type.Object(
  {
    decision: Decision,
    stage: Type.String(),
    from: Time,
    to: Time,
    window_seconds: Type.Number({ minimum: 0 }),
    checks: Type.Array(Type.String(), { description: 'That took part: those that are enabled' }),
    reasons: Type.Array(Reason, { description: 'The worst first' }),
  },
  strict,
);
export type GateDocument = Static<typeof GateDocument>;
