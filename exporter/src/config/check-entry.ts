/** What must hold for an entry of `checks` beyond its shape. */
import { Check as matches } from 'typebox/value';
import type { CheckKind } from '../checks/kind.ts';
import type { Engine } from '../sources/source.ts';
import { registered, type Registers } from './registers.ts';
import type { Fields } from '../core/check.ts';
import { DEFAULT_THRESHOLDS } from '../core/status.ts';
import { ownPart } from './entry.ts';
import { nearest } from '../core/nearest.ts';
import type { Problems } from './problem.ts';
import { lowerFirst, quoted, shownText } from './shape-words.ts';
import { entriesAt, itemsAt, textAt, treeAt, valueOf, type Path, type Tree } from './tree.ts';

export function checkThresholds(root: Tree, path: Path, problems: Problems): void {
  const given = (name: string): number | undefined => {
    const found = [path, ['defaults']].map((base) => treeAt(root, [...base, 'thresholds', name]));
    const scalar = found.find((tree) => tree !== undefined);
    return scalar?.kind === 'scalar' && typeof scalar.value === 'number' ? scalar.value : undefined;
  };
  const thresholds = [...path, 'thresholds'];
  if (treeAt(root, thresholds) === undefined || problems.touch(thresholds)) return;
  const healthy = given('healthy') ?? DEFAULT_THRESHOLDS.healthy;
  const degraded = given('degraded') ?? DEFAULT_THRESHOLDS.degraded;
  if (degraded <= healthy) return;
  problems.add({
    path: thresholds,
    part: 'key',
    message: `degraded (${String(degraded)}) is above healthy (${String(healthy)})`,
    fix: 'give both, degraded the lower one',
  });
}

/** By convention a kind names its sources under `source:`, in the entry or in one of its maps. */
export function checkSourceNames(
  root: Tree,
  path: Path,
  { kinds, engines }: Registers,
  problems: Problems,
): void {
  const sources = entriesAt(root, ['sources']).map(([name]) => name);
  const sides = entriesAt(root, path).map(([key]) => [...path, key, 'source']);
  const kind = textAt(root, [...path, 'kind']);
  for (const place of [[...path, 'source'], ...sides]) {
    const name = textAt(root, place);
    if (name === undefined) continue;
    if (sources.includes(name)) {
      const engine = textAt(root, ['sources', name, 'engine']);
      checkNature(place, [kind, registered(kinds, kind)], [engine, registered(engines, engine)], problems);
      continue;
    }
    const shown = shownText(treeAt(root, place));
    problems.add({
      path: place,
      message: shown === null ? 'there is no such source' : `there is no source ${quoted(shown)}`,
      fix: 'write a name from `sources`, or add it there',
      suggestion: shown === null ? null : nearest(shown, sources),
    });
  }
}

function checkNature(
  place: Path,
  [kindName, kind]: readonly [string | undefined, CheckKind | undefined],
  [engineName, engine]: readonly [string | undefined, Engine | undefined],
  problems: Problems,
): void {
  if (!kind || !engine || kind.asks === engine.nature) return;
  problems.add({
    path: place,
    message: `the kind ${String(kindName)} asks a ${kind.asks}, and this source (${String(engineName)}) is a ${engine.nature}`,
    fix: `write the name of a source that is a ${kind.asks}`,
  });
}

export function checkActions(root: Tree, path: Path, kind: CheckKind, problems: Problems): void {
  const kinds = Object.keys(kind.violationKinds);
  for (const [name] of entriesAt(root, [...path, 'recommendedActions'])) {
    if (kinds.includes(name)) continue;
    problems.add({
      path: [...path, 'recommendedActions', name],
      part: 'key',
      message: 'this check has no such violation kind',
      fix: `use ${kinds.join(', ')}`,
      suggestion: nearest(name, kinds),
    });
  }
}

/** @param censor takes out of a message what must not be repeated */
export function checkSpec(
  root: Tree,
  path: Path,
  kind: CheckKind,
  problems: Problems,
  censor: (text: string) => string,
): void {
  const entry = treeAt(root, path);
  if (!entry || hasBroken(entry)) return;
  const spec = ownPart(kind.schema, valueOf(entry) as Record<string, unknown>);
  if (!matches(kind.schema, spec)) return;
  const found = kind.problems(spec);
  for (const one of found) {
    problems.add({
      path: [...path, ...one.path],
      message: censor(one.message),
      fix: lowerFirst(censor(one.fix)),
    });
  }
  if (found.length > 0) return;
  const { fields } = kind.derive(spec);
  checkFields(root, path, fields, problems, censor);
  checkKnown(root, path, fields, problems);
}

function hasBroken(tree: Tree): boolean {
  if (tree.kind === 'scalar') return tree.broken;
  return (tree.kind === 'list' ? tree.items : [...tree.entries.values()].map((entry) => entry.tree)).some(
    hasBroken,
  );
}

function checkKnown(root: Tree, path: Path, derived: Fields, problems: Problems): void {
  const place = [...path, 'known'];
  for (const [i] of itemsAt(root, place).entries()) {
    for (const part of ['key', 'left', 'right'] as const) {
      const own = [...place, i, part];
      if (!treeAt(root, own) || problems.touch(own)) continue;
      const given = itemsAt(root, own).length;
      const has = derived[part];
      if (given === has.length) continue;
      problems.add({
        path: own,
        message: `has ${String(given)} values where the check has ${String(has.length)}`,
        fix: `write one for each ${part === 'key' ? 'key column' : `column that ${part} compares`}, in the same order`,
      });
    }
    const expires = [...place, i, 'expires'];
    const text = textAt(root, expires);
    if (text === undefined || problems.touch(expires) || !Number.isNaN(Date.parse(text))) continue;
    problems.add({ path: expires, message: 'there is no such day', fix: 'write a date such as 2026-12-31' });
  }
}

/** The row of a violation holds these beside the fields of the check. */
const TAKEN = ['recommended_action'];

function checkFields(
  root: Tree,
  path: Path,
  derived: Fields,
  problems: Problems,
  censor: (text: string) => string,
): void {
  const seen = new Set<string>(TAKEN);
  for (const part of ['key', 'left', 'right'] as const) {
    const place = [...path, 'fields', part];
    const given = treeAt(root, place);
    if (given && problems.touch(place)) continue;
    const names = given ? itemsAt(root, place).map((item) => String(valueOf(item))) : derived[part];
    if (given && names.length !== derived[part].length) {
      const has = derived[part].length === 0 ? 'none' : censor(derived[part].join(', '));
      problems.add({
        path: place,
        message: `names ${String(names.length)} where the check has ${String(derived[part].length)} (${has})`,
        fix: 'write one name for each, in the same order',
      });
    }
    for (const [i, name] of names.entries()) {
      if (seen.has(name)) {
        const taken = TAKEN.includes(name) ? 'is kept for Lockstep itself' : 'is given twice';
        problems.add({
          path: given ? [...place, i] : [...path, 'fields'],
          part: given ? 'value' : 'key',
          message: `the output name ${JSON.stringify(censor(name))} ${taken}`,
          fix: 'give every key and value a name of its own in `fields`',
        });
      }
      seen.add(name);
    }
  }
}
