/** A cell as it leaves a source: exact. Integers beyond 2^53 and decimals are text, so that nothing is rounded. */
export type Value = string | number | boolean | null;

export const REDACTED = '[redacted]';
