/** What the rows of the reference case look like. The same numbers give the same rows, on every machine. */

export const SPECIALIZATIONS = ['PLAYER', 'COACH', 'INTERNSHIP'] as const;

/** Licences whose user does not exist; they are pairs like all others. */
export const ORPHANS = 2;

// prettier-ignore
export const FIRST_NAMES = [
  'Ada', 'Alan', 'Anita', 'Barbara', 'Claude', 'Donald', 'Dorothy', 'Edgar', 'Edsger', 'Emmy', 'Frances', 'Grace',
  'Hedy', 'Ivan', 'Jean', 'John', 'Joan', 'Karen', 'Ken', 'Leslie', 'Lynn', 'Margaret', 'Mary', 'Niklaus', 'Peter',
  'Radia', 'Shafi', 'Sophie', 'Tony', 'Whitfield',
] as const;
export const LAST_NAMES = [
  'Ahmed',
  'Berg',
  'Costa',
  'Dubois',
  'Evans',
  'Fischer',
  'Garcia',
  'Horvath',
  'Ito',
] as const;

/** How a wrong pair is wrong, in turn. */
export const FAULTS = ['progress_ahead', 'license_ahead', 'missing_license', 'missing_progress'] as const;

export interface Size {
  /** keys on either side */
  readonly pairs: number;
  /** how many of them disagree, exactly */
  readonly wrong: number;
}

/** 150 users in 3 specializations and the orphans; 96 % of them agree. */
export const DEMO_SIZE: Size = { pairs: 150 * SPECIALIZATIONS.length + ORPHANS, wrong: 18 };

/**
 * A stride that visits every one of `count` places once, far apart: multiplication by a number coprime to `count` is a
 * permutation, and near the golden ratio neighbours come to lie far apart.
 */
export function stride(count: number, ratio: number): number {
  let step = Math.max(1, Math.floor(count * ratio));
  while (greatestCommonDivisor(step, count) !== 1) step += 1;
  return step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
