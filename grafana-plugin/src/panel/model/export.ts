/** Violations as files. Pure. */
import type { Check, Violation } from '../../datasource/api';
import { signedDifference } from '../../datasource/difference';

export const EXPORT_FORMATS = ['CSV', 'JSON'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type Cell = string | number | boolean | null;

/** A spreadsheet runs what begins like this: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

export function exportText(format: ExportFormat, check: Check, violations: readonly Violation[]): string {
  if (format === 'JSON') {
    return `${JSON.stringify({ check: check.name, violations }, null, 2)}\n`;
  }
  const header = cells(check, null).map(([name]) => name);
  const lines = violations.map((violation) => cells(check, violation).map(([, value]) => value));
  // RFC 4180: CRLF after every line
  return [header, ...lines].map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}

/** In the order of the columns. A field of the check keeps its name: what would have the same is told apart by a prefix. */
function cells({ fields }: Check, violation: Violation | null): Array<readonly [name: string, value: Cell]> {
  const row = violation?.row ?? {};
  const names = [...fields.key, ...fields.left, ...fields.right];
  const [left, right] = [fields.left[0], fields.right[0]];
  const difference: Record<string, Cell> =
    left === undefined || right === undefined
      ? {}
      : { difference: signedDifference(row[left] ?? null, row[right] ?? null) };
  const common: Record<string, Cell> = {
    ...difference,
    kind: violation?.kind ?? null,
    state: violation?.state ?? null,
    recommended_action: row['recommended_action'] ?? null,
    first_seen: violation?.first_seen ?? null,
    last_seen: violation?.last_seen ?? null,
    resolved_at: violation?.resolved_at ?? null,
    id: violation?.id ?? null,
  };
  return [
    ...names.map((name) => [name, row[name] ?? null] as const),
    ...Object.entries(common).map(
      ([name, value]) => [names.includes(name) ? `violation_${name}` : name, value] as const
    ),
  ];
}

function csvCell(value: Cell): string {
  if (value === null) {
    return '';
  }
  const text = String(value);
  const harmless = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
