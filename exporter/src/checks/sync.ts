/** What a coupling check lets a sync write, as it stands in the configuration. */
import { Type, type Static } from 'typebox';
import type { SyncTerms } from '../core/check.ts';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';
import type { Direction } from '../core/sync-plan.ts';
import type { Assignment, Journal, WrittenSide } from '../sources/mender.ts';
import type { Coupling } from '../sources/source.ts';
import type { RepairOrder, SpecProblem } from './kind.ts';
import { labelOf, tableName, type RawColumn, type RawSide } from './sides.ts';

const strict = { additionalProperties: false } as const;

const Assigned = Type.Record(
  Type.String({ minLength: 1 }),
  Type.Union([
    Type.String(),
    Type.Number(),
    Type.Boolean(),
    Type.Null(),
    Type.Object({ expr: Type.String({ minLength: 1, description: 'An SQL expression' }) }, strict),
  ]),
);

const Written = Type.Object(
  {
    create: Type.Optional({
      ...Assigned,
      description:
        'Columns of a new row, beside key and compared ones; `source` is the row of the other side',
    }),
    set: Type.Optional({
      ...Assigned,
      description:
        'Columns that change with the compared ones; `target` is the row, `source` that of the other side',
    }),
    journal: Type.Optional(
      Type.Object(
        {
          schema: Type.Optional(Type.String({ minLength: 1 })),
          table: Type.String({ minLength: 1, description: 'Table that gets a row in the same transaction' }),
          values: {
            ...Assigned,
            description:
              'Its columns; `old` and `new` are the row before and after, `source` that of the other side',
          },
        },
        strict,
      ),
    ),
  },
  { ...strict, description: 'What is written to this side beside key and compared columns' },
);

const MENDABLE = ['missing_left', 'missing_right', 'mismatch'] as const;
const DirectionEntry = Type.Union([
  Type.Literal('left_to_right'),
  Type.Literal('right_to_left'),
  Type.Literal('to_higher'),
  Type.Literal('to_lower'),
  Type.Literal('skip'),
]);

export const SyncEntry = Type.Object(
  {
    url: Type.String({
      pattern: '^postgres(ql)?://',
      description: 'Login that may write these rows; never used to look',
    }),
    direction: { ...DirectionEntry, description: 'Which side is right' },
    kinds: Type.Optional(
      Type.Object(Object.fromEntries(MENDABLE.map((kind) => [kind, Type.Optional(DirectionEntry)])), {
        ...strict,
        description: 'By violation kind, where it differs',
      }),
    ),
    left: Type.Optional(Written),
    right: Type.Optional(Written),
    maxRows: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, default: 500, description: 'Rows of one plan at most' }),
    ),
    schedule: Type.Optional(
      Type.String({ description: 'When to sync by itself: cron expression; never unless given' }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether a scheduled sync is rolled back: it tells, and writes nothing',
      }),
    ),
    retries: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10, default: 3, description: 'Of a scheduled sync that failed' }),
    ),
    misfireGrace: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        default: '5m',
        description: 'A scheduled sync that comes later than this is skipped',
      }),
    ),
  },
  { ...strict, description: 'What may be written to mend violations; without it nothing ever is' },
);
export type RawSync = Static<typeof SyncEntry>;

interface Coupled {
  readonly left: RawSide;
  readonly right: RawSide;
  readonly normalise?: Readonly<Record<string, unknown>>;
  readonly redact?: readonly string[];
  readonly sync?: RawSync;
}

export function syncTerms(sync: RawSync): SyncTerms {
  return {
    directions: directionsOf(sync),
    maxRows: sync.maxRows ?? 500,
    schedule: sync.schedule ?? null,
    dryRun: sync.dryRun ?? true,
  };
}

export function repairOrder(
  check: string,
  sync: RawSync,
  { left, right, tolerances }: Coupling,
  source: string,
): RepairOrder {
  const { directions, ...terms } = syncTerms(sync);
  const written = { left: toWritten(sync.left), right: toWritten(sync.right) };
  return {
    ...{ check, source, url: sync.url, repair: { left, right, tolerances, directions, written } },
    ...terms,
    retries: sync.retries ?? 3,
    misfireGraceMs: durationMs(sync.misfireGrace ?? '5m'),
  };
}

function directionsOf({ direction, kinds = {} }: RawSync): Record<string, Direction> {
  const own = kinds as Readonly<Record<string, Direction | undefined>>;
  return Object.fromEntries(MENDABLE.map((kind) => [kind, own[kind] ?? direction]));
}

function toWritten(entry: NonNullable<RawSync['left']> = {}): WrittenSide {
  return { create: assigned(entry.create), set: assigned(entry.set), journal: toJournal(entry.journal) };
}

function toJournal(entry: NonNullable<RawSync['left']>['journal']): Journal | null {
  return entry ? { ...tableName(entry), values: assigned(entry.values) } : null;
}

function assigned(entry: Static<typeof Assigned> = {}): Assignment[] {
  return Object.entries(entry).map(([column, value]) =>
    typeof value === 'object' && value !== null ? { column, expr: value.expr } : { column, value },
  );
}

/** What no schema can say of a sync. */
export function syncProblems({ left, right, normalise = {}, redact = [], sync }: Coupled): SpecProblem[] {
  if (!sync) return [];
  const found: SpecProblem[] = [];
  const add = (path: (string | number)[], message: string, fix: string): void => {
    found.push({ path: ['sync', ...path], message, fix });
  };
  if (left.source !== right.source) {
    add([], 'the sides are in two sources', 'Sync pairs of one database only: no transaction spans two');
  }
  for (const [name, side] of [
    ['left', left],
    ['right', right],
  ] as const) {
    for (const column of [...side.key, ...(side.compare ?? [])]) {
      if (typeof column !== 'string') {
        add(
          [],
          `${name} has the expression "${column.as}"`,
          'Sync plain columns only: an expression cannot be written',
        );
      }
    }
    const own = [...side.key, ...(side.compare ?? [])].map(labelOf);
    for (const part of ['create', 'set'] as const) {
      for (const column of Object.keys(sync[name]?.[part] ?? {}).filter((one) => own.includes(one))) {
        add([name, part, column], 'a key or compared column comes from the other side', 'Leave it out');
      }
    }
  }
  for (const label of Object.keys(normalise)) {
    add(
      [],
      `"${label}" is normalised`,
      'Sync columns that are compared as they are: others would stay apart as written',
    );
  }
  found.push(...redactedProblems(left, right, sync, redact), ...directionProblems(left.compare ?? [], sync));
  return found;
}

/** A plan shows and keeps what it writes: compared columns, and what is set or created besides. */
function redactedProblems(
  left: RawSide,
  right: RawSide,
  sync: RawSync,
  redact: readonly string[],
): SpecProblem[] {
  const compared = [...(left.compare ?? []), ...(right.compare ?? [])].map(labelOf);
  const problem = (path: string[], name: string): SpecProblem => ({
    path: ['sync', ...path],
    message: `"${name}" is redacted, and a plan shows and keeps what it writes`,
    fix: 'Take it out of redact, or leave sync out',
  });
  return redact.flatMap((name) => [
    ...(compared.includes(name) ? [problem([], name)] : []),
    ...(['left', 'right'] as const).flatMap((side) =>
      (['create', 'set'] as const).flatMap((part) =>
        assigned(sync[side]?.[part])
          .filter((one) => one.column === name || ('expr' in one && words(one.expr).includes(words(name))))
          .map(({ column }) => problem([side, part, column], name)),
      ),
    ),
  ]);
}

/** The words of some SQL in one line, so that a name in it can be found whole. */
function words(sql: string): string {
  return ` ${sql
    .toLowerCase()
    .split(/[^\p{L}\p{N}_$]+/u)
    .filter((word) => word !== '')
    .join(' ')} `;
}

function directionProblems(
  compared: readonly RawColumn[],
  { direction, kinds = {} }: RawSync,
): SpecProblem[] {
  const ordered = ({ path, value }: { path: string[]; value: unknown }): SpecProblem[] =>
    (value === 'to_higher' || value === 'to_lower') && compared.length !== 1
      ? [
          {
            path: ['sync', ...path],
            message: `${value} needs one compared column, and there are ${String(compared.length)}`,
            fix: 'Use left_to_right or right_to_left',
          },
        ]
      : [];
  const given = Object.entries(kinds).map(([kind, value]) => ({ path: ['kinds', kind], value }));
  return [{ path: ['direction'], value: direction }, ...given].flatMap(ordered);
}
