/**
 * Text that sorts, byte by byte, as people expect values to sort: booleans, then numbers by value (also those that
 * are kept as text to stay exact), then text without regard to case. Both stores order rows by it, so they agree.
 */
import { toUSVString } from 'node:util';
import type { Value } from '../core/value.ts';

/** Long values (documents) need not be told apart to their end; rows that tie are ordered by id. */
const MAX_LENGTH = 240;
/** below every digit, so that a shorter number sorts before a longer one with the same beginning */
const SEPARATOR = '\u0001';
const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?(?:e([+-]?\d{1,6}))?$/i;
const EXPONENT_BIAS = 5_000_000;

/** Null when there is nothing to sort by: the side is absent, or its first part is NULL. Such rows come last. */
export function sortKey(values: readonly Value[] | null): string | null {
  if (values === null || values[0] === null || values[0] === undefined) return null;
  let text = '';
  for (const value of values) {
    text += sortPart(value) + SEPARATOR;
    if (text.length > MAX_LENGTH) break;
  }
  return storable(text.slice(0, MAX_LENGTH));
}

/** What a search for part of a key looks through, and how the words searched for must be written. */
export function searchText(values: readonly Value[]): string {
  return storable(foldCase(values.map((value) => (value === null ? '' : String(value))).join(' ')));
}

function sortPart(value: Value): string {
  if (value === null) return 'z';
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  return sortNumber(String(value)) ?? `t${storable(foldCase(String(value).slice(0, MAX_LENGTH)))}`;
}

/** `n`, sign, exponent, digits; for negative numbers the nines' complement, closed by a character above all digits. */
function sortNumber(text: string): string | null {
  const [matched, sign = '', whole = '', fraction = '', power = '0'] = DECIMAL.exec(text) ?? [];
  if (matched === undefined) return null;
  const digits = (whole + fraction).replace(/^0+/, '');
  const leading = whole.length + fraction.length - digits.length;
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return 'n1';
  const exponent = whole.length - leading + Number(power) + EXPONENT_BIAS;
  const magnitude = String(exponent).padStart(8, '0') + significant;
  if (sign !== '-') return `n2${magnitude}`;
  return `n0${magnitude.replace(/\d/g, (digit) => String(9 - Number(digit)))}~`;
}

function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** Postgres cannot keep U+0000 in a text, and half a surrogate pair is no UTF-8. */
export function storable(text: string): string {
  return toUSVString(text.replaceAll('\u0000', '\uFFFD'));
}
