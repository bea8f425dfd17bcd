/** Keeps what came from a placeholder, or stands where a secret stands, out of messages that others write. */
import type { Tree } from './tree.ts';

const SECRET_KEYS = new Set(['url', 'token', 'authToken', 'secret', 'password', 'key', 'sha256']);
/** Shorter texts are found by chance in any sentence, and are no secrets. */
const SHORTEST = 4;

export function censorFor(root: Tree): (text: string) => string {
  const secrets = [...secretsOf(root, '')].sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '[hidden]'), text);
}

function secretsOf(tree: Tree, key: string): ReadonlySet<string> {
  if (tree.kind === 'scalar') {
    const secret = tree.resolved || SECRET_KEYS.has(key);
    return new Set(
      secret && typeof tree.value === 'string' && tree.value.length >= SHORTEST ? [tree.value] : [],
    );
  }
  const inside =
    tree.kind === 'list'
      ? tree.items.map((item) => secretsOf(item, ''))
      : [...tree.entries].map(([name, entry]) => secretsOf(entry.tree, name));
  return new Set(inside.flatMap((found) => [...found]));
}
