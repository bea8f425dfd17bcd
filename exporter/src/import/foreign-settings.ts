/** Somebody else's settings, of which we know some: what nobody asked for is listed, never lost. */
import { UserError } from '../core/errors.ts';
import { LineCounter, parseDocument } from 'yaml';

type Place = readonly string[];

const TRUE = /^(true|yes|on|1)$/i;
const FALSE = /^(false|no|off|0|)$/i;

export class ForeignSettings {
  readonly #root: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  constructor(root: Readonly<Record<string, unknown>>) {
    this.#root = root;
  }

  /** Text, or a number as text; null when there is none. The first name that is there counts. */
  text(...names: readonly Place[]): string | null {
    const found = this.#scalar(names);
    return found === null || found === '' ? null : String(found);
  }

  /** Also from text such as `"5.0"`; null when it is none, and then it is among the rest. */
  number(...names: readonly Place[]): number | null {
    const found = this.#scalar(names, (value) => value !== '' && Number.isFinite(Number(value)));
    return found === null ? null : Number(found);
  }

  flag(fallback: boolean, ...names: readonly Place[]): boolean {
    const found = this.#scalar(names, (value) => TRUE.test(String(value)) || FALSE.test(String(value)));
    return found === null ? fallback : TRUE.test(String(found));
  }

  /** A list of texts, or one text with commas. */
  list(...names: readonly Place[]): readonly string[] {
    for (const place of names) {
      const found = this.#at(place);
      const items = typeof found === 'string' ? found.split(',') : found;
      if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) continue;
      this.#asked.add(key(place));
      return items.map((item) => item.trim()).filter((item) => item !== '');
    }
    return [];
  }

  has(place: Place): boolean {
    return this.#at(place) !== undefined;
  }

  /** Not to be listed: what stands there has been told of in other words. */
  settle(place: Place): void {
    for (const leaf of leaves(this.#at(place), place)) this.#asked.add(key(leaf));
  }

  /** The places of all that nobody has asked for, as `alerting.email.cc`; never a value. */
  rest(): readonly string[] {
    return leaves(this.#root, [])
      .filter((place) => !this.#asked.has(key(place)))
      .map((place) => place.map(shown).join('.'));
  }

  #scalar(
    names: readonly Place[],
    fits: (value: string | number | boolean) => boolean = () => true,
  ): string | number | boolean | null {
    for (const place of names) {
      const found = this.#at(place);
      const scalar = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean';
      if (!scalar || !fits(found)) continue;
      this.#asked.add(key(place));
      return found;
    }
    return null;
  }

  #at(place: Place): unknown {
    let found: unknown = this.#root;
    for (const name of place) found = isMap(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    return found;
  }
}

/** Throws a `UserError` without a word of the text: it may hold passwords. @param file as messages shall name it */
export function readForeignSettings(file: string, text: string): ForeignSettings {
  const lines = new LineCounter();
  // JSON is YAML; read as such, a comment or a comma too many is borne
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const [fault] = document.errors;
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new UserError(`${file}:${String(line)}:${String(col)} is not JSON; mend it and try again`);
  }
  const root: unknown = document.toJS();
  if (!isMap(root)) throw new UserError(`${file} must be a JSON object of settings, such as {"api_url": …}`);
  return new ForeignSettings(root);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function leaves(value: unknown, place: Place): Place[] {
  if (value === undefined) return [];
  if (!isMap(value) || Object.keys(value).length === 0) return place.length === 0 ? [] : [place];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...place, name]));
}

/** On one line, whatever the name holds. */
function shown(name: string): string {
  return /^[\w-]+$/.test(name) ? name : JSON.stringify(name).replaceAll(/[\u0085\u2028\u2029]/g, ' ');
}

const key = (place: Place): string => JSON.stringify(place);
