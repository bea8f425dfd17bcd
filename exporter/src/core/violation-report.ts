import type { ViolationRow } from './violation-row.ts';

/** What one run found, as a violation file holds it. */
export interface ViolationReport {
  readonly check: string;
  /** ISO 8601 */
  readonly timestamp: string;
  readonly total_checked: number;
  readonly consistent: number;
  readonly inconsistent: number;
  /** percent; null when nothing was checked */
  readonly consistency_rate: number | null;
  readonly violations: readonly ViolationRow[];
}
