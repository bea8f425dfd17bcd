/** Everything that can be said about a document without connecting to anything. */
import { dirname } from 'node:path';
import { checkActions, checkSourceNames, checkSpec, checkThresholds } from './check-entry.ts';
import { checkEntry, entrySchema, sourceEntry, type EntryType } from './entry.ts';
import { checkGate } from './gate-block.ts';
import { checkHttp } from './http-block.ts';
import { checkNames } from './names.ts';
import type { Problems } from './problem.ts';
import { registered, type Registers } from './registers.ts';
import { checkReports } from './reports-block.ts';
import { retype } from './retype.ts';
import { Envelope } from './schema.ts';
import { censorFor } from './secrets.ts';
import { checkShape } from './shape.ts';
import { checkStore } from './store-block.ts';
import { AGE_LIMIT_MS, checkBlockTiming, checkOwnTiming, checkScheduling, TIMER_LIMIT_MS } from './timing.ts';
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
    if (engine) checkOwnTiming(root, ['sources', source], engine.schema, TIMER_LIMIT_MS, problems);
  }
  checkThresholds(root, ['defaults'], problems);
  checkHttp(root, dirname(file), problems);
  checkStore(root, problems);
  checkReports(root, problems);
  checkGate(root, problems);
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
  checkSourceNames(root, path, registers, problems);
  const kind = registered(registers.kinds, textAt(root, [...path, 'kind']));
  if (!kind) return;
  checkOwnTiming(root, path, kind.schema, AGE_LIMIT_MS, problems);
  checkActions(root, path, kind, problems);
  checkWritable(root, path, registers, problems);
  checkSpec(root, path, kind, problems, censor);
}

/** By convention a kind that can mend says so under `sync:`, and looks at its left side first. */
function checkWritable(root: Tree, path: Path, { engines }: Registers, problems: Problems): void {
  const source = textAt(root, [...path, 'left', 'source']);
  const name = source && textAt(root, ['sources', source, 'engine']);
  if (!treeAt(root, [...path, 'sync']) || !name || registered(engines, name)?.mender) return;
  problems.add({
    path: [...path, 'sync'],
    part: 'key',
    message: `sources of engine ${name} cannot be written to`,
    fix: 'leave sync out, and mend the rows where they are made',
  });
}
