/** Markdown from text that is not ours: whatever a row or a name holds stays text. Pure. */

/** One line that shows exactly what it was given, in a table or anywhere else. */
export function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]()#+!|<>~&-]/g, (character) =>
      ESCAPED.has(character) ? `\\${character}` : character,
    );
}

/** A dash or a bracket inside a word does nothing in Markdown; escaping it would only make the file hard to read. */
const ESCAPED = new Set(['\\', '`', '*', '_', '[', ']', '|', '<', '>', '~', '&']);

/** @param alignments `r` for numbers */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: string = '',
): string {
  const rule = header.map((_, i) => (alignments[i] === 'r' ? '---:' : '---'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')}\``;
}
