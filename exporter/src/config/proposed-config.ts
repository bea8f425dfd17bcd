/** Proposals → the text of a commented `lockstep.yaml`. Names from the database become YAML text, never syntax. */
import { toName } from './names.ts';
import type { ProposedCoupling, ProposedReference, Proposals } from './propose.ts';

export function writeProposals(proposals: Proposals, engine: string): string {
  const names = new Set(['retention', 'sync', 'report']);
  const certain = proposals.couplings.filter((coupling) => coupling.certain);
  const alike = proposals.couplings.filter((coupling) => !coupling.certain);
  const live = [
    ...certain.map((coupling) => couplingText(coupling, names)),
    ...proposals.references.map((reference) => referenceText(reference, names)),
  ];
  const maybe = alike.map((coupling) => commented(couplingText(coupling, names)));
  return [
    head(proposals),
    `sources:\n  app:\n    engine: ${engine}\n    # the address that was given to \`lockstep init\`; set it in the environment\n    url: \${DATABASE_URL}\n`,
    live.length > 0 ? 'checks:' : '# nothing was found that is sure to belong together\nchecks: {}',
    ...live,
    ...(maybe.length > 0 ? [ALIKE, ...maybe] : []),
  ].join('\n');
}

const ALIKE = `  # The keys of these tables are only alike by name. Where they mean the same, take the "# " away (and, when no check
  # stands above, the "{}" after "checks:").
`;

function head({ tables, couplings, references, left }: Proposals): string {
  const certain = couplings.filter((coupling) => coupling.certain).length;
  return [
    '# Proposed by `lockstep init` from the catalog alone: it read no rows. Keep what must hold, delete the rest, then',
    '#   lockstep validate --connect lockstep.yaml',
    '#',
    `# Tables read: ${String(tables)}. Proposed: couplings ${String(certain)}, as comments ${String(couplings.length - certain)}, references ${String(references.length)}.`,
    ...(left.length > 0 ? ['# Not proposed:', ...left.map((line) => `#   ${line}`)] : []),
    '',
  ].join('\n');
}

function couplingText(coupling: ProposedCoupling, names: Set<string>): string {
  const { left, right, key, compare } = coupling;
  const why = compare.length > 0 ? 'hold the same keys, with the same values' : 'hold the same keys';
  const side = (table: ProposedCoupling['left'], columns: readonly string[]): string => {
    const values = compare.length > 0 ? `, compare: [${compare.map(yamlText).join(', ')}]` : '';
    return `{ source: app, ${tableText(table)}, key: [${columns.map(yamlText).join(', ')}]${values} }`;
  };
  const from = side(left, key.map(([column]) => column)); // prettier-ignore
  const to = side(right, key.map(([, column]) => column)); // prettier-ignore
  return [
    `  # ${shown(left.table)} and ${shown(right.table)} ${why}`,
    `  ${checkName([left.table, right.table], names)}:`,
    '    kind: coupling',
    `    left: ${from}`,
    `    right: ${to}`,
    '',
  ].join('\n');
}

function referenceText({ from, column, nullable, to, key }: ProposedReference, names: Set<string>): string {
  const empty = nullable ? '; NULL refers to nothing and is left out' : '';
  return [
    `  # ${shown(from.table)}.${shown(column)} looks like a reference to ${shown(to.table)}, and no foreign key guards it${empty}`,
    `  ${checkName([from.table, column], names)}:`,
    '    kind: reference',
    `    from: { source: app, ${tableText(from)}, key: [${yamlText(column)}] }`,
    `    to: { source: app, ${tableText(to)}, key: [${yamlText(key)}] }`,
    '',
  ].join('\n');
}

/** `public` is where an unqualified name is looked for; a dot in a name needs the longer form. */
function tableText({ schema, table }: { readonly schema: string; readonly table: string }): string {
  if (table.includes('.') || schema.includes('.'))
    return `schema: ${yamlText(schema)}, table: ${yamlText(table)}`;
  return `table: ${yamlText(schema === 'public' ? table : `${schema}.${table}`)}`;
}

/** Plain where any YAML reader agrees that it is text, else in double quotes; `\${` would be a placeholder. */
function yamlText(text: string): string {
  const plain = /^[A-Za-z][\w.]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text).replaceAll('${', () => '$${');
}

/** For a comment: on one line, whatever the name holds. */
function shown(name: string): string {
  return /^[\w.]+$/.test(name) ? name : JSON.stringify(name).replaceAll(/[\u0085\u2028\u2029]/g, ' ');
}

function checkName(parts: readonly string[], taken: Set<string>): string {
  const joined = parts.map((part) => toName(part) ?? 'check').join('_');
  const base = joined.slice(0, 58).replace(/_+$/, '');
  let name = base;
  for (let n = 2; taken.has(name); n += 1) name = `${base}_${String(n)}`;
  taken.add(name);
  return name;
}

function commented(text: string): string {
  return text.replaceAll(/^ {2}(?!#)/gm, '  # ');
}
