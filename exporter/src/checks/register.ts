import type { CheckKind } from './kind.ts';
import { coupling } from './coupling.ts';
import { reference } from './reference.ts';

/** Every kind of check, by the name the config uses. */
export const CHECK_KINDS: Readonly<Record<string, CheckKind>> = { coupling, reference };
