/** A generated table in a page whose other text is written by hand. */
const BEGIN = '<!-- generated: npm run generate -->';
const END = '<!-- end of generated -->';

/** Replaces what stands between the two markers. Throws when one is missing. */
export function withTable(markdown: string, table: string): string {
  const [before, rest] = split(markdown, BEGIN);
  const [, after] = split(rest, END);
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}

function split(text: string, marker: string): [string, string] {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`the page lost its marker ${marker}`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}
