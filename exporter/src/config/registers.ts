import type { CheckKind } from '../checks/kind.ts';
import type { Engine } from '../sources/source.ts';

/** What a config may name: the kinds of check and the engines of sources, by name. */
export interface Registers {
  readonly kinds: Readonly<Record<string, CheckKind>>;
  readonly engines: Readonly<Record<string, Engine>>;
}

/** What a config names, if there is such a thing. */
export function registered<T>(
  register: Readonly<Record<string, T>>,
  name: string | undefined,
): T | undefined {
  return name !== undefined && Object.hasOwn(register, name) ? register[name] : undefined;
}
