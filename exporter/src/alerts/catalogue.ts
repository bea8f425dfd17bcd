/** Every rule, in the order in which Prometheus lists them. */
import { CANARY_RULES } from './canary.ts';
import { DATA } from './data.ts';
import { EXPORTER } from './exporter.ts';
import { JOBS } from './jobs.ts';
import { META } from './meta.ts';
import { RECORDING } from './recording.ts';
import type { Group } from './rule.ts';

export const CATALOGUE: readonly Group[] = [...RECORDING, DATA, JOBS, EXPORTER, CANARY_RULES, META];
