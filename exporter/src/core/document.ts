const STRING_OR_DECIMAL = /"(?:[^"\\]|\\.)*"|-?\d+\.\d+/g;

/**
 * The same text for equal documents, given that keys and spaces are in order already: 1.0 and 1.00 are one number to a
 * database, and both are kept as written.
 */
export function canonicalDocument(json: string): string {
  return json.replace(STRING_OR_DECIMAL, (token) =>
    token.startsWith('"') ? token : token.replace(/\.?0+$/, ''),
  );
}
