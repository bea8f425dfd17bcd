/** The shapes of baselines, and of what has changed since one. */
import { Type, type Static } from 'typebox';
import { Count, DriftPoints, orNull, Ratio, strict, Time, ViolationRow } from './api-schemas.ts';

const numbers = { checked: Count, consistent: Count, inconsistent: Count, consistency_ratio: orNull(Ratio) };

export const BaselineDocument = Type.Object(
  {
    id: Type.String(),
    check: Type.String(),
    name: Type.String(),
    note: orNull(Type.String()),
    created_at: Time,
    created_by: Type.String(),
    current: Type.Boolean({ description: 'Metrics compare with this one' }),
    run_id: Type.String(),
    run_at: Time,
    ...numbers,
    counts: Type.Record(Type.String(), Count),
    capped: Type.Boolean(),
  },
  strict,
);
export type BaselineDocument = Static<typeof BaselineDocument>;

export const BaselineList = Type.Object({ baselines: Type.Array(BaselineDocument) }, strict);
export type BaselineList = Static<typeof BaselineList>;

const Part = Type.Object(
  {
    total: Count,
    by_kind: Type.Record(Type.String(), Count),
    by_difference: Type.Record(Type.String(), Count, { description: 'Right minus left, or the kind' }),
    rows: Type.Array(ViolationRow, { description: 'At most 100' }),
  },
  strict,
);

export const Comparison = Type.Object(
  {
    baseline: BaselineDocument,
    now: Type.Object({ run_id: Type.String(), at: Time, held: Type.Boolean(), ...numbers }, strict),
    drift_points: orNull(DriftPoints),
    new: Part,
    resolved: Part,
    still: Part,
    capped: Type.Boolean({ description: 'More was counted than is followed, then or now' }),
  },
  strict,
);
export type Comparison = Static<typeof Comparison>;

export const BaselineFiles = Type.Object(
  { files: Type.Array(Type.Object({ name: Type.String(), text: Type.String() }, strict)) },
  strict,
);
