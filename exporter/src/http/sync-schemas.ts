/** The documents of sync plans. Values are text, as the database writes them; null is NULL. */
import { Type, type Static } from 'typebox';
import { Count, oneOf, orNull, strict, Time, Value } from './api-schemas.ts';

const RowText = Type.Record(Type.String(), orNull(Type.String()));

const Statement = Type.Object(
  { text: Type.String(), values: Type.Array(orNull(Type.String()), { description: '$1, $2, …' }) },
  strict,
);

const PlanRow = Type.Object(
  {
    violation_id: Type.String(),
    key: Type.Record(Type.String(), Value),
    kind: Type.String({ description: 'Violation kind, as the rows were when the plan was made' }),
    action: orNull(oneOf(['update', 'create', 'delete']), 'null: nothing is written'),
    side: orNull(oneOf(['left', 'right']), 'The side that is written'),
    table: orNull(Type.String()),
    before: orNull(RowText, 'What the row must still hold; null: there must be none'),
    other: orNull(RowText, 'What the other side must still hold; null: it does not matter'),
    after: orNull(RowText, 'What the row will hold, or holds once it is written; null: there will be none'),
    statements: Type.Array(Statement),
    inverse: orNull(Statement, 'What takes the write back; null unless written'),
    outcome: oneOf(['planned', 'writing', 'written', 'skipped', 'failed']),
    reason: orNull(Type.String(), 'Why it was skipped or failed'),
  },
  strict,
);

const summary = {
  id: Type.String({ description: 'SHA-256 of the whole plan' }),
  check: Type.String(),
  state: oneOf(
    ['planned', 'applying', 'applied', 'interrupted'],
    'interrupted: by a stop or a lost database; rows that were not written are as they were',
  ),
  undo_of: orNull(Type.String(), 'The plan whose writes this one takes back'),
  created_at: Time,
  created_by: Type.String({ description: 'Nobody else can apply it' }),
  expires_at: Time,
  applied_at: orNull(Time),
  applied_by: orNull(Type.String()),
  reason: orNull(Type.String(), 'Why it was applied'),
  counts: Type.Object(
    { planned: Count, writing: Count, written: Count, skipped: Count, failed: Count },
    strict,
  ),
};

export const PlanSummary = Type.Object(summary, strict);
export type PlanSummary = Static<typeof PlanSummary>;

export const Plan = Type.Object({ ...summary, rows: Type.Array(PlanRow) }, strict);
export type Plan = Static<typeof Plan>;

export const MadePlan = Type.Object(
  {
    ...Plan.properties,
    left_out: Type.Object(
      {
        no_room: { ...Count, description: 'Beyond `sync.maxRows`: plan again once this one is applied' },
        unmendable: { ...Count, description: 'Nothing that `sync` may write mends their kinds' },
      },
      { ...strict, description: 'Open violations that were asked for and are not in the plan' },
    ),
  },
  strict,
);
export type MadePlan = Static<typeof MadePlan>;

export const AppliedPlan = Type.Object(
  {
    ...Plan.properties,
    dry_run: Type.Boolean({ description: 'Everything was done and rolled back; the plan is as it was' }),
    still_apart: orNull(
      Type.Integer({ minimum: 0 }),
      'Of the rows that were written, how many disagree all the same; null when nobody could look',
    ),
  },
  strict,
);
export type AppliedPlan = Static<typeof AppliedPlan>;
