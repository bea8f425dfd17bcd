/** A value inside a JSON text. */

/** Such as `/data/0/status`; `~1` stands for a slash in a name and `~0` for a tilde (RFC 6901). Empty: the whole. */
export const POINTER_PATTERN = '^(/[^/]*)*$';

/** undefined when the text is no JSON, or nothing stands there. */
export function valueAt(text: string, pointer: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
