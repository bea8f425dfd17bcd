import type { Engine } from './source.ts';
import { postgres } from './postgres.ts';

/** Every engine, by the name the config uses. */
export const ENGINES: Readonly<Record<string, Engine>> = { postgres };
