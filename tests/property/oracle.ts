/** The slow and obvious answer: for each key, look at the rows that have it. Shares no code with what it judges. */
export interface Row {
  readonly a: number | null;
  readonly b: string | null;
  /** as the database shows it */
  readonly v: string | number | null;
  readonly w: string | null;
  readonly active: boolean;
}

export interface Expected {
  readonly checked: number;
  readonly empty: boolean;
  /** `kind key values`, sorted */
  readonly rows: readonly string[];
}

export interface Rules {
  readonly universe: string;
  readonly filterLeft: boolean;
  readonly filterRight: boolean;
  readonly normalise: boolean;
  readonly tolerance: boolean;
  /** the letters that the database folds */
  readonly letters: 'all' | 'ASCII';
}

export function expectedCoupling(left: readonly Row[], right: readonly Row[], rules: Rules): Expected {
  const l = left.filter((row) => row.active || !rules.filterLeft);
  const r = right.filter((row) => row.active || !rules.filterRight);
  const key = (row: Row): string =>
    JSON.stringify([row.a === null ? null : String(row.a), upper(row.b, rules)]);
  const hasNull = (row: Row): boolean => row.a === null || row.b === null;
  const inUniverse = [...(rules.universe === 'right' ? [] : l), ...(rules.universe === 'left' ? [] : r)];
  const keys = [...new Set(inUniverse.map(key))];
  const rows = keys.flatMap((each) => {
    const kl = l.filter((row) => key(row) === each);
    const kr = r.filter((row) => key(row) === each);
    const [a, b] = [kl[0], kr[0]];
    const any = a ?? b;
    if (any && hasNull(any)) return [`null_key ${each} [null,null]`];
    const shown = JSON.stringify([
      kl.length === 1 && a ? [a.v, a.w] : null,
      kr.length === 1 && b ? [b.v, b.w] : null,
    ]);
    if (kl.length > 1 || kr.length > 1) return [`duplicate_key ${each} ${shown}`];
    if (!a) return [`missing_left ${each} ${shown}`];
    if (!b) return [`missing_right ${each} ${shown}`];
    return agree(a, b, rules) ? [] : [`mismatch ${each} ${shown}`];
  });
  const complete = (side: readonly Row[]): number => side.filter((row) => !hasNull(row)).length;
  return { checked: keys.length, empty: complete(l) === 0 || complete(r) === 0, rows: rows.sort() };
}

export function expectedReference(
  left: readonly Row[],
  right: readonly Row[],
  rules: { filterLeft: boolean; filterRight: boolean },
): Expected {
  const l = left.filter((row) => (row.active || !rules.filterLeft) && row.a !== null && row.b !== null);
  const r = right.filter((row) => row.active || !rules.filterRight);
  const key = (row: Row): string => JSON.stringify([String(row.a), row.b]);
  const keys = [...new Set(l.map(key))];
  const rows = keys
    .filter((each) => !r.some((row) => row.a !== null && row.b !== null && key(row) === each))
    .map((each) => `orphan ${each} ${JSON.stringify([[l.filter((row) => key(row) === each).length], null])}`);
  return {
    checked: keys.length,
    empty: keys.length === 0 || !r.some((row) => row.a !== null && row.b !== null),
    rows: rows.sort(),
  };
}

function agree(a: Row, b: Row, rules: Rules): boolean {
  const sameNumber =
    a.v === null || b.v === null
      ? a.v === b.v
      : Math.abs(Number(a.v) - Number(b.v)) <= (rules.tolerance ? 0.01 : 0);
  const word = (text: string | null): string | null =>
    rules.normalise && text !== null ? text.trim().toLowerCase() : text;
  return sameNumber && word(a.w) === word(b.w);
}

function upper(text: string | null, { normalise, letters }: Rules): string | null {
  if (!normalise || text === null) return text;
  return letters === 'all' ? text.toUpperCase() : text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
