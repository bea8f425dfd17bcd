/** A difference from the schema, in words. A value is repeated only where it cannot be a secret. */
import { DURATION_PATTERN } from '../core/duration.ts';
import { nearest } from '../core/nearest.ts';
import { mayHoldSecret } from './problem.ts';
import { POSTGRES_URL_PATTERN, SHA256_PATTERN, WEB_URL_PATTERN } from './schema.ts';
import type { Difference } from './shape-difference.ts';
import type { Tree } from './tree.ts';

export interface Words {
  readonly message: string;
  readonly fix: string;
  readonly suggestion?: string | null;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of settings',
  null: 'empty',
};

/** Patterns a schema may use; what a text that does not match them is not, and how to write it. */
const PATTERNS: Readonly<Record<string, readonly [message: string, fix: string]>> = {
  [DURATION_PATTERN]: ['is not a duration', 'write a whole number and ms, s, m, h or d, such as 30s or 5m'],
  [WEB_URL_PATTERN]: ['is not a web address', 'begin it with https:// or http://'],
  [POSTGRES_URL_PATTERN]: ['is not a Postgres URL', 'write postgres://user:password@host:5432/database'],
  [SHA256_PATTERN]: ['is not a SHA-256', 'write its 64 hex digits in lower case'],
};

export function wordsFor(difference: Difference, tree: Tree | undefined): Words {
  const { keyword, params, allowed } = difference;
  switch (keyword) {
    case 'type':
      return wrongType(allowed, tree);
    case 'const':
      return wrongLiteral(allowed, tree);
    case 'pattern':
      return wrongPattern(difference, tree);
    case 'minLength':
      return tooShort(Number(params['limit']));
    case 'maxLength':
      return { message: 'is too long', fix: `use at most ${String(params['limit'])} characters` };
    case 'minItems':
    case 'minProperties':
      return { message: 'is empty', fix: 'add at least one entry' };
    case 'maxItems':
      return { message: 'has too many entries', fix: `keep at most ${String(params['limit'])}` };
    case 'minimum':
    case 'exclusiveMinimum':
      return { message: 'is too small', fix: `write a number ${comparison(params)}` };
    case 'maximum':
    case 'exclusiveMaximum':
      return { message: 'is too large', fix: `write a number ${comparison(params)}` };
    case 'uniqueItems':
      return { message: 'holds the same entry twice', fix: 'keep each once' };
    default:
      return { message: 'does not fit', fix: described(difference) };
  }
}

function wrongType(allowed: readonly string[], tree: Tree | undefined): Words {
  const wanted = allowed.map((type) => TYPES[type] ?? type).join(' or ');
  const isFraction = allowed.includes('integer') && tree?.kind === 'scalar' && typeof tree.value === 'number';
  const message = `must be ${wanted}, not ${isFraction ? 'a fraction' : typeOf(tree)}`;
  if (allowed.includes('string') && tree?.kind === 'scalar' && tree.value !== null) {
    return { message, fix: 'put it in quotes' };
  }
  if (allowed.includes('array') && tree?.kind === 'scalar' && tree.value !== null) {
    return { message, fix: 'put it in square brackets' };
  }
  return {
    message,
    fix: allowed[0] === 'object' ? 'write its settings below it, indented' : `write ${wanted}`,
  };
}

function typeOf(tree: Tree | undefined): string {
  if (tree?.kind !== 'scalar') return tree?.kind === 'list' ? 'a list' : 'a map';
  if (tree.value === null) return 'empty';
  if (typeof tree.value === 'boolean') return 'true or false';
  return typeof tree.value === 'number' ? 'a number' : 'text';
}

function wrongLiteral(allowed: readonly string[], tree: Tree | undefined): Words {
  const shown = shownText(tree);
  const message =
    tree?.kind === 'scalar' ? `${quoted(shown)} is not known here` : `must be text, not ${typeOf(tree)}`;
  const fix = allowed.length === 1 ? `write ${String(allowed[0])}` : `write one of ${allowed.join(', ')}`;
  return { message, fix, suggestion: shown === null ? null : nearest(shown, allowed) };
}

function wrongPattern(difference: Difference, tree: Tree | undefined): Words {
  const pattern = String(difference.params['pattern']);
  const [message, fix] = PATTERNS[pattern] ?? ['does not have the right form', described(difference)];
  return { message: pattern === DURATION_PATTERN ? `${quoted(shownText(tree))} ${message}` : message, fix };
}

function tooShort(limit: number): Words {
  if (limit === 1) return { message: 'is empty', fix: 'write at least one character' };
  return { message: 'is too short', fix: `use at least ${String(limit)} characters` };
}

function comparison(params: Readonly<Record<string, unknown>>): string {
  const words: Readonly<Record<string, string>> = {
    '>=': 'of at least',
    '>': 'above',
    '<=': 'of at most',
    '<': 'below',
  };
  return `${words[String(params['comparison'])] ?? 'other than'} ${String(params['limit'])}`;
}

function described(difference: Difference): string {
  const { description } = difference.schema;
  return typeof description === 'string'
    ? `see its description: ${description}`
    : 'see docs/configuration.md';
}

/** null when the text came from a `${…}` and must not be repeated, or cannot be a name. */
export function shownText(tree: Tree | undefined): string | null {
  if (tree?.kind !== 'scalar' || tree.resolved) return null;
  const text = String(tree.value ?? '');
  return mayHoldSecret(text) ? null : text;
}

export function quoted(text: string | null): string {
  return text === null ? 'this value' : JSON.stringify(text);
}

/** `Add it` → `add it`; `SQL …` stays. */
export function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
