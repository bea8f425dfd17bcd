/** Every small mistake that a rule could have been written with, one at a time. */
import { nameOf, type Rule } from './rule-files.ts';

export interface Mutant {
  /** which rule, what was there, what is there now */
  readonly id: string;
  readonly original: Rule;
  readonly rule: Rule;
}

interface Edit {
  readonly what: string;
  readonly rule: Rule;
}

/** Of a text: from `start` to `end` something else. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

export function mutantsOf(rules: readonly Rule[]): Mutant[] {
  const seen = new Map<string, number>();
  return rules.flatMap((original) =>
    edits(original).map(({ what, rule }) => {
      const id = `${title(original)}: ${what}`;
      const times = (seen.get(id) ?? 0) + 1;
      seen.set(id, times);
      return { id: times === 1 ? id : `${id} (${times})`, original, rule };
    }),
  );
}

export function title(rule: Rule): string {
  const { severity, long } = rule.labels ?? {};
  return [nameOf(rule), severity, long].filter((part) => part !== undefined).join(' ');
}

function edits(rule: Rule): Edit[] {
  const { expr } = rule;
  const code = withoutText(expr);
  const cuts = [...numbers(expr, code), ...comparisons(expr, code), ...windows(code), ...branches(code)];
  const texts = [...cuts, ...clauses(code), ...aggregations(code)].map(({ start, end, by }) => ({
    what: `${shown(expr, start, end)} → ${by === '' ? 'nothing' : by}`,
    expr: expr.slice(0, start) + by + expr.slice(end),
  }));
  return [
    ...[...texts, ...matchers(expr)].map(({ what, expr: other }) => ({
      what,
      rule: { ...rule, expr: other },
    })),
    ...(rule.alert === undefined ? [] : [...durations(rule), ...labels(rule)]),
  ];
}

/** The same length, but no strings and no label matchers: what is left is code. */
function withoutText(expr: string): string {
  return expr
    .replace(/"[^"]*"/g, (text) => '_'.repeat(text.length))
    .replace(/\{[^}]*\}/g, (text) => '_'.repeat(text.length));
}

/** With a little of what stands before it, so that a reader knows which one it was. */
function shown(expr: string, start: number, end: number): string {
  const before = expr.slice(Math.max(0, start - 24), start).replace(/^\S*\s/, '');
  return `${before}⟦${expr.slice(start, end)}⟧`.replace(/\s+/g, ' ');
}

const found = (code: string, pattern: RegExp): { start: number; end: number; groups: string[] }[] =>
  [...code.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    groups: match.slice(1),
  }));

function numbers(expr: string, code: string): Cut[] {
  return found(code, /(?<![\w:.[])(?<!offset )\d+(?:\.\d+)?(?![\w:.])/g).flatMap(({ start, end }) =>
    nearby(Number(expr.slice(start, end)), expr).map((number) => ({ start, end, by: String(number) })),
  );
}

/** The next possible value where values are whole, one percent off elsewhere. */
function nearby(number: number, expr: string): [number, number] {
  const whole = Number.isInteger(number) && number < 100;
  const counted = expr.includes('increase(') && number % 1 === 0.5;
  if (number === 0 && expr.includes(':ratio')) return [0.01, -0.01];
  if (whole || counted) return [number + 1, number - 1];
  return [Number((number * 1.01).toPrecision(12)), Number((number * 0.99).toPrecision(12))];
}

const WEAKENED: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '==': '!=',
};

/** Not those between two whole numbers: `increase() > 0.5` can never be equal. */
function comparisons(expr: string, code: string): Cut[] {
  return found(code, /[<>]=?|==/g).flatMap(({ start, end }) =>
    expr.includes('increase(') && /^ \d+\.5$/m.test(expr.slice(end))
      ? []
      : [{ start, end, by: WEAKENED[code.slice(start, end)]! }],
  );
}

function windows(code: string): Cut[] {
  return found(code, /(?<=\[|offset )(\d+)([mhd])/g).flatMap(({ start, end, groups: [count, unit] }) => {
    const minutes = Number(count) * { m: 1, h: 60, d: 1440 }[unit as 'm' | 'h' | 'd'];
    return [`${minutes / 2}m`, `${minutes * 2}m`].map((by) => ({
      start,
      end,
      by: by.includes('.') ? `${minutes * 30}s` : by,
    }));
  });
}

/** Either side of `and` and `or`, and what `unless` takes away. */
function branches(code: string): Cut[] {
  return found(code, /\b(?:and|or|unless)\b(?: on \([^)]*\))?/g).flatMap(({ start, end }) => {
    const word = code.slice(start).match(/^\w+/)![0];
    const right = { start, end: operandEnd(code, end, word), by: '' };
    const left = { start: operandStart(code, start), end, by: '' };
    return word === 'unless' ? [right] : [right, left];
  });
}

/** Up to the parenthesis that closes around it, or to an operator that binds no more tightly. */
function operandEnd(code: string, from: number, word: string): number {
  let depth = 0;
  for (let at = from; at < code.length; at += 1) {
    if (code[at] === '(') depth += 1;
    else if (code[at] === ')') depth -= 1;
    if (depth < 0) return at;
    const next = /^\s(and|or|unless)\b/.exec(code.slice(at))?.[1];
    if (depth === 0 && next !== undefined && (word !== 'or' || next === 'or')) return at;
  }
  return code.length;
}

function operandStart(code: string, from: number): number {
  let depth = 0;
  for (let at = from - 1; at >= 0; at -= 1) {
    if (code[at] === ')') depth += 1;
    else if (code[at] === '(') depth -= 1;
    if (depth < 0) return at + 1;
  }
  return 0;
}

/** `on`, `without` and `by`, whole and label by label; `group_left` alone and with its `on`. */
function clauses(code: string): Cut[] {
  const lists = found(code, /\b(on|without|by) \(([^)]*)\) (group_left \(\) )?/g).flatMap(
    ({ start, end, groups: [word, list, left] }) => {
      const names = list!.split(', ');
      const each = names.map((name) => ({
        start,
        end,
        by: `${word!} (${names.filter((one) => one !== name).join(', ')}) ${left ?? ''}`,
      }));
      // `by ()` and no `by` at all are the same
      return [...(word === 'by' && names.length === 1 ? [] : each), { start, end, by: '' }];
    },
  );
  return [...lists, ...found(code, /group_left \(\) /g).map(({ start, end }) => ({ start, end, by: '' }))];
}

const OTHER: Readonly<Record<string, string>> = { max: 'min', min: 'max', sum: 'max' };

function aggregations(code: string): Cut[] {
  return found(code, /(?<![\w:])(?:max|min|sum)\b/g).map(({ start, end }) => ({
    start,
    end,
    by: OTHER[code.slice(start, end)]!,
  }));
}

/**
 * Each label matcher dropped, and each word of one that names several. One that is written twice in a division is one
 * constant of the catalogue, and goes in both places.
 */
function matchers(expr: string): { what: string; expr: string }[] {
  const all = new Set([...expr.matchAll(/\w+(?:=~|!~|!=|=)"[^"]*"/g)].map(([text]) => text));
  return [...all].flatMap((text) => {
    const words = /"([^"]*)"/.exec(text)![1]!.split('|');
    const fewer = words.map((word) => words.filter((one) => one !== word).join('|')).filter(Boolean);
    return ['', ...fewer.map((words) => text.replace(/"[^"]*"/, `"${words}"`))].map((by) => ({
      what: `${text} → ${by === '' ? 'nothing' : by}`,
      expr: expr.replaceAll(text, by).replaceAll(',,', ',').replaceAll('{,', '{').replaceAll(',}', '}'),
    }));
  });
}

const MINUTES: Readonly<Record<string, number>> = { h: 60, d: 1_440 };

export const minutes = (text: string | undefined): number =>
  text === undefined ? 0 : Number.parseInt(text, 10) * (MINUTES[text.slice(-1)] ?? 1);

export function without(rule: Rule, field: 'annotations' | 'keep_firing_for'): Rule {
  return Object.fromEntries(Object.entries(rule).filter(([name]) => name !== field)) as unknown as Rule;
}

function durations(rule: Rule): Edit[] {
  const held = minutes(rule.for);
  const kept = minutes(rule.keep_firing_for);
  return [
    ...(held === 0 ? [1] : [held - 1, held + 1]).map((time) => ({
      what: `for ${rule.for ?? 'nothing'} → ${time}m`,
      rule: { ...rule, for: `${time}m` },
    })),
    ...(kept === 0 ? [] : [{ what: 'keep_firing_for → nothing', rule: without(rule, 'keep_firing_for') }]),
    ...(kept === 0 ? [1] : [kept - 1, kept + 1]).map((time) => ({
      what: `keep_firing_for ${rule.keep_firing_for ?? 'nothing'} → ${time}m`,
      rule: { ...rule, keep_firing_for: `${time}m` },
    })),
  ];
}

function labels(rule: Rule): Edit[] {
  return Object.entries(rule.labels ?? {}).map(([name, value]) => ({
    what: `label ${name} ${value} → other`,
    rule: { ...rule, labels: { ...rule.labels, [name]: 'other' } },
  }));
}
