import type { CheckKind } from './kind.ts';
import { coupling } from './coupling.ts';
import { freshness } from './freshness.ts';
import { http } from './http.ts';
import { latency } from './latency.ts';
import { query } from './query.ts';
import { reference } from './reference.ts';

/** Every kind of check, by the name the config uses. */
export const CHECK_KINDS: Readonly<Record<string, CheckKind>> = {
  coupling,
  freshness,
  http,
  latency,
  query,
  reference,
};
