import type { Engine } from './source.ts';
import { http } from './http.ts';
import { libsql } from './libsql.ts';
import { postgres } from './postgres.ts';

/** Every engine, by the name the config uses. */
export const ENGINES: Readonly<Record<string, Engine>> = { http, libsql, postgres };
