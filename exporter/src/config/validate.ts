/** Everything that can be said about a document without connecting to anything. */
import { dirname } from 'node:path';
import { checkActions, checkSourceNames, checkSpec, checkThresholds } from './check-entry.ts';
import { checkEntry, entrySchema, sourceEntry, type EntryType } from './entry.ts';
import { checkHttp } from './http-block.ts';
import { checkNames } from './names.ts';
import type { Problems } from './problem.ts';
import type { Registers } from './registers.ts';
import { retype } from './retype.ts';
import { Envelope } from './schema.ts';
import { censorFor } from './secrets.ts';
import { checkShape } from './shape.ts';
import { checkStore } from './store-block.ts';
import { checkBlockTiming, checkScheduling, checkSourceTiming } from './timing.ts';
import { entriesAt, textAt, treeAt, type Path, type Tree } from './tree.ts';

interface Entry {
  readonly path: Path;
  readonly type: EntryType;
  /** the engine or kind it names */
  readonly name: string | undefined;
}

/** Texts from placeholders become the numbers and truth values that the schema wants. */
export function typed(tree: Tree, registers: Registers): Tree {
  return entriesOf(tree, registers).reduce(
    (root, { path, type, name }) => retype(entrySchema(type, name), root, path),
    retype(Envelope, tree, []),
  );
}

export function validate(root: Tree, file: string, registers: Registers, problems: Problems): void {
  checkShape(Envelope, root, [], problems);
  checkNames(root, problems);
  for (const { path, type, name } of entriesOf(root, registers)) {
    if (treeAt(root, path)?.kind === 'map') checkShape(entrySchema(type, name), root, path, problems);
  }
  checkBlockTiming(root, problems);
  for (const [source] of entriesAt(root, ['sources'])) {
    const engine = registered(registers.engines, textAt(root, ['sources', source, 'engine']));
    if (engine) checkSourceTiming(root, ['sources', source], engine, problems);
  }
  checkThresholds(root, ['defaults'], problems);
  checkHttp(root, dirname(file), problems);
  checkStore(root, problems);
  const censor = censorFor(root);
  for (const [check] of entriesAt(root, ['checks']))
    checkOne(root, ['checks', check], registers, problems, censor);
}

function entriesOf(root: Tree, registers: Registers): readonly Entry[] {
  const under = (section: string, type: EntryType): Entry[] =>
    entriesAt(root, [section]).map(([key]) => {
      const path = [section, key];
      return { path, type, name: textAt(root, [...path, type.by]) };
    });
  return [...under('sources', sourceEntry(registers)), ...under('checks', checkEntry(registers))];
}

function checkOne(
  root: Tree,
  path: Path,
  registers: Registers,
  problems: Problems,
  censor: (text: string) => string,
): void {
  checkScheduling(root, path, problems);
  checkThresholds(root, path, problems);
  checkSourceNames(root, path, problems);
  const kind = registered(registers.kinds, textAt(root, [...path, 'kind']));
  if (!kind) return;
  checkActions(root, path, kind, problems);
  checkSpec(root, path, kind, problems, censor);
}

function registered<T>(register: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(register, name) ? register[name] : undefined;
}
