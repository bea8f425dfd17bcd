/** YAML text → a tree with positions. Faults are told in our own words: the parser's quote the text, secrets included. */
import {
  isAlias,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Document,
  type ErrorCode,
  type ParsedNode,
  type YAMLMap,
} from 'yaml';
import { hidePlaceholders, showPlaceholders } from './placeholder.ts';
import type { MapEntry, Position, Scalar, ScalarTree, Tree } from './tree.ts';

export interface YamlFault {
  readonly at: Position;
  readonly message: string;
  readonly fix: string;
}

/** A config of 10,000 checks is about 4 MB; more is a wrong file. */
const MAX_TEXT = 8 * 1024 * 1024;
/** Aliases repeat what they point at, and aliases of aliases multiply it ("billion laughs"). */
const MAX_NODES = 500_000;

const START: Position = { line: 1, column: 1 };

export function readYaml(text: string): {
  readonly tree: Tree | null;
  readonly faults: readonly YamlFault[];
} {
  if (text.length > MAX_TEXT) {
    return {
      tree: null,
      faults: [{ at: START, message: 'is larger than 8 MiB', fix: 'pass the right file' }],
    };
  }
  const lines = new LineCounter();
  const document = parseDocument(hidePlaceholders(text), {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    version: '1.2',
  });
  const reader = new TreeReader(document, lines);
  for (const fault of [...document.errors, ...document.warnings])
    reader.fault(fault.pos[0], ...wordsFor(fault.code));
  const fatal = document.errors.some((fault) => fault.code !== 'DUPLICATE_KEY');
  if (fatal || document.contents === null) return { tree: null, faults: reader.faults };
  return { tree: reader.read(document.contents), faults: reader.faults };
}

const WORDS: Partial<Record<ErrorCode, readonly [message: string, fix: string]>> = {
  DUPLICATE_KEY: ['the same key is written twice', 'keep one of them'],
  TAB_AS_INDENT: ['a tab is used as indentation', 'indent with spaces'],
  BAD_INDENT: [
    'the indentation does not fit, or a bracket or brace is not closed',
    'align it with its neighbours',
  ],
  MISSING_CHAR: ['a quote, bracket, brace, comma or colon is missing', 'add it here or on the line above'],
  MULTIPLE_DOCS: ['a second document begins', 'remove the `---` and what follows, or merge the two'],
  UNEXPECTED_TOKEN: ['this is not expected here', 'check quotes, brackets and colons on this line'],
  MULTILINE_IMPLICIT_KEY: [
    'a key spans several lines',
    'write `key: value` on one line; a colon may be missing',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'a second `: ` follows on one line',
    'put the value in quotes, or on lines of its own',
  ],
  TAG_RESOLVE_FAILED: ['this tag is unknown', 'remove it'],
  BAD_DIRECTIVE: ['this directive is unknown', 'remove the line'],
  BAD_ALIAS: ['this is not an anchor or alias', 'put text that begins with & or * in quotes'],
  BAD_SCALAR_START: ['a value cannot begin with this character', 'put the value in quotes'],
  BAD_DQ_ESCAPE: ['this escape is unknown in double quotes', 'double the backslash, or use single quotes'],
  KEY_OVER_1024_CHARS: ['a key is longer than 1024 characters', 'shorten it; a colon may be missing'],
};

function wordsFor(code: ErrorCode): readonly [message: string, fix: string] {
  return (
    WORDS[code] ?? ['this is not valid YAML', 'check quotes, brackets, colons and indentation near here']
  );
}

class TreeReader {
  readonly faults: YamlFault[] = [];
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #inside = new Set<ParsedNode>();
  #nodes = 0;
  #stopped = false;

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  fault(offset: number, message: string, fix: string): void {
    this.faults.push({ at: this.#position(offset), message, fix });
  }

  read(node: ParsedNode | null, fallback = 0): Tree {
    const at = this.#position(node?.range[0] ?? fallback);
    this.#nodes += 1;
    if (node === null) return scalar(at, null, true);
    if (isScalar(node)) return scalar(at, scalarValue(node.value), node.type === 'PLAIN');
    if (this.#nodes > MAX_NODES) {
      if (!this.#stopped) this.fault(node.range[0], 'aliases multiply this beyond reason', 'write it out');
      this.#stopped = true;
      return { ...scalar(at, null, true), broken: true };
    }
    if (isAlias(node)) return this.#alias(node, at);
    this.#inside.add(node);
    const tree: Tree = isSeq(node)
      ? { kind: 'list', at, items: node.items.map((item) => this.read(item, node.range[0])) }
      : { kind: 'map', at, entries: this.#entries(node) };
    this.#inside.delete(node);
    return tree;
  }

  #alias(node: Alias.Parsed, at: Position): Tree {
    const target = node.resolve(this.#document);
    if (!target) {
      this.fault(
        node.range[0],
        'this alias has no anchor before it',
        'define the anchor first, or quote the text',
      );
      return { ...scalar(at, null, true), broken: true };
    }
    if (this.#inside.has(target as ParsedNode)) {
      this.fault(node.range[0], 'this alias points at what holds it', 'remove it');
      return { ...scalar(at, null, true), broken: true };
    }
    return this.read(target as ParsedNode);
  }

  #entries(node: YAMLMap.Parsed): ReadonlyMap<string, MapEntry> {
    const entries = new Map<string, MapEntry>();
    const merged: Tree[] = [];
    for (const { key, value } of node.items) {
      if (!isScalar(key)) {
        this.fault(key.range[0], 'a key must be text', 'write a plain name');
        continue;
      }
      const tree = this.read(value, key.range[1]);
      if (key.value === '<<' && key.type === 'PLAIN')
        merged.push(...(tree.kind === 'list' ? tree.items : [tree]));
      else entries.set(String(scalarValue(key.value) ?? ''), { keyAt: this.#position(key.range[0]), tree });
    }
    for (const tree of merged) {
      if (tree.kind !== 'map') continue;
      for (const [key, entry] of tree.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return entries;
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function scalar(at: Position, value: Scalar, plain: boolean): ScalarTree {
  return { kind: 'scalar', at, value, plain, resolved: false, broken: false };
}

function scalarValue(value: unknown): Scalar {
  if (typeof value === 'string') return showPlaceholders(value);
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
