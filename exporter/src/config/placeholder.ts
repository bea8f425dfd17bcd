/**
 * `${NAME}` unquoted inside `{ … }` is not YAML, yet it is what people write. Before parsing, the characters of a
 * placeholder that YAML would read are exchanged one for one (positions stay) for Unicode noncharacters, which no text
 * may contain, and back after parsing. Nothing is resolved in the raw text: a value can never become syntax.
 */
const SYNTAX = '{}[],#: &*!|>%@`';
const FIRST = 0xfdd0;

export function hidePlaceholders(text: string): string {
  return text.replaceAll(/\$\{[^{}"'\\\r\n]*\}/g, (placeholder) =>
    placeholder.replaceAll(/[^\w$]/g, (char) =>
      SYNTAX.includes(char) ? hidden(SYNTAX.indexOf(char)) : char,
    ),
  );
}

export function showPlaceholders(text: string): string {
  return text.replaceAll(/[\uFDD0-\uFDEF]/g, (char) => SYNTAX[char.charCodeAt(0) - FIRST] ?? char);
}

function hidden(index: number): string {
  return String.fromCharCode(FIRST + index);
}
