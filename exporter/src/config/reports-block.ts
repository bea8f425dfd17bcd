/** The block `reports`: what must hold beyond its shape, and what it means. */
import { resolve } from 'node:path';
import { durationMs } from '../core/duration.ts';
import { nearest } from '../core/nearest.ts';
import { DEFAULT_WINDOWS_MS, WINDOW_LIMITS_MS } from '../core/report.ts';
import type { ReportConfig } from './config.ts';
import type { Problems } from './problem.ts';
import type { RawScheduledReport } from './schema.ts';
import { quoted, shownText } from './shape-words.ts';
import { checkCron, checkDuration, checkZone } from './timing.ts';
import { entriesAt, itemsAt, textAt, treeAt, type Path, type Tree } from './tree.ts';

export function checkReports(root: Tree, problems: Problems): void {
  const kinds = new Set<string>();
  for (const [i, entry] of itemsAt(root, ['reports']).entries()) {
    if (entry.kind !== 'map') continue;
    const path = ['reports', i];
    checkCron(root, [...path, 'schedule'], problems);
    checkZone(root, [...path, 'timezone'], problems);
    const { least, most } = WINDOW_LIMITS_MS;
    checkDuration(root, [...path, 'window'], least, most, problems);
    checkDestination(root, path, problems);
    checkNamesOf(root, path, problems);
    const kind = textAt(root, [...path, 'kind']);
    if (kind === undefined) continue;
    if (kinds.has(kind)) {
      const message = 'there is a report of this kind already';
      problems.add({
        path: [...path, 'kind'],
        message,
        fix: 'keep one of each; it may go to a folder and a webhook',
      });
    }
    kinds.add(kind);
  }
}

function checkDestination(root: Tree, path: Path, problems: Problems): void {
  if (['folder', 'webhook'].some((name) => treeAt(root, [...path, name]) !== undefined)) return;
  problems.add({ path, message: 'goes nowhere', fix: 'name a folder, a webhook or both' });
}

function checkNamesOf(root: Tree, path: Path, problems: Problems): void {
  const names = entriesAt(root, ['checks']).map(([name]) => name);
  for (const [i, tree] of itemsAt(root, [...path, 'checks']).entries()) {
    const place = [...path, 'checks', i];
    const name = textAt(root, place);
    if (name === undefined || names.includes(name)) continue;
    const shown = shownText(tree);
    problems.add({
      path: place,
      message: shown === null ? 'there is no such check' : `there is no check ${quoted(shown)}`,
      fix: 'write a name from `checks`, or add it there',
      suggestion: shown === null ? null : nearest(shown, names),
    });
  }
}

/** @param from where relative paths start */
export function reportConfig(raw: RawScheduledReport, from: string): ReportConfig {
  const { kind, schedule, timezone, window, formats, checks, folder, webhook } = raw;
  return {
    ...{ kind, schedule, timezone: timezone ?? 'UTC', formats: formats ?? ['markdown'] },
    windowMs: window === undefined ? DEFAULT_WINDOWS_MS[kind] : durationMs(window),
    checks: checks ?? null,
    folder: folder === undefined ? null : resolve(from, folder),
    webhook: webhook ?? null,
  };
}
