/** `lockstep validate --connect` for kinds that join two sides: do they exist, do they compare, is the key a key? */
import { humanDuration } from '../core/duration.ts';
import type { Explanation, Reader, SideTypes } from '../sources/source.ts';
import { joinsInSource, withReaders, type Comparison, type Place } from './comparison.ts';
import type { Finding, Look } from './kind.ts';

export async function inspectComparison(
  comparison: Comparison,
  look: Look,
  explanations: Promise<readonly Explanation[]>,
): Promise<Finding[]> {
  // asked for side by side; the inspection below may fail first and is then the better message
  explanations.catch(() => undefined);
  const findings = await withReaders(comparison, look, async (leftReader, rightReader) => {
    const left = await leftReader.types(comparison.left.side);
    const right = await rightReader.types(comparison.right.side);
    return [
      ...typeFindings(joinsInSource(comparison, look), left, right),
      ...(await keyFindings(comparison.left, left, leftReader, comparison.unique)),
      ...(await keyFindings(comparison.right, right, rightReader, comparison.unique)),
    ];
  });
  if (findings.some((finding) => finding.level === 'problem')) return findings;
  return [...findings, ...(await explanations).flatMap(planFindings)];
}

function typeFindings(joined: boolean, left: SideTypes, right: SideTypes): Finding[] {
  const pairs = [...left.key, ...left.compare].map(
    (a, i) => [a, [...right.key, ...right.compare][i]] as const,
  );
  return pairs.flatMap(([a, b]): Finding[] => {
    if (!b || a.type === b.type) return [];
    const names = `${a.label} (${a.type}) and ${b.label} (${b.type})`;
    const numbers = ['integer', 'decimal', 'float'];
    const alike = a.form === b.form || (numbers.includes(a.form) && numbers.includes(b.form));
    const texts = ['text', 'caseless'].includes(a.form) && ['text', 'caseless'].includes(b.form);
    if (alike || texts) return [{ level: 'ok', message: `${names} are comparable` }];
    if (!joined) return [{ level: 'warning', message: `${names} are compared as text` }];
    const message = `${names} cannot be compared; give one of them as expr: with a cast`;
    return [{ level: 'problem', message }];
  });
}

async function keyFindings(
  { side }: Place,
  types: SideTypes,
  reader: Reader,
  mustBeUnique: boolean,
): Promise<Finding[]> {
  const key = `${side.table} (${side.key.map((column) => column.label).join(', ')})`;
  if (!mustBeUnique) return [];
  if (types.keyIsUnique) return [{ level: 'ok', message: `${key} is unique by an index` }];
  const repeated = await reader.countDuplicates(side);
  const sorted = 'every run has to sort the table; a unique index would spare that';
  if (repeated === 0)
    return [{ level: 'warning', message: `${key} is unique now, but no index says so: ${sorted}` }];
  const keys = repeated === 1 ? '1 key is' : `${String(repeated)} keys are`;
  const message = `${key}: ${keys} there more than once, which is a violation (duplicate_key); ${sorted}`;
  return [{ level: 'warning', message }];
}

/** What the planner of a source expects of a statement. */
export function planFindings({ estimatedRows, estimatedCost, expectedMs, advice }: Explanation): Finding[] {
  if (estimatedRows === null || expectedMs === null) return [];
  const cost = estimatedCost === null ? '' : `, cost ${estimatedCost.toFixed(0)}`;
  const numbers = `about ${String(Math.round(estimatedRows))} rows${cost}`;
  const plan: Finding = {
    level: 'ok',
    message: `plan: ${numbers}, expected to take ${humanDuration(expectedMs)}`,
  };
  return advice === null ? [plan] : [plan, { level: 'warning', message: advice }];
}
