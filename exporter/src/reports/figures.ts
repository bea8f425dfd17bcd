/** Numbers and times as people read them; never a number that looks better than it is. Pure. */
import { humanDuration } from '../core/duration.ts';

/** Rounded down: a violation never shows as 100 %. */
export function percent(ratio: number | null): string {
  return ratio === null ? 'not to be told' : `${percentNumber(ratio).toFixed(2)} %`;
}

export function share(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (part * 100) / whole).toFixed(2)} %`;
}

/** Through tenths of billionths, because 0.9955 * 10,000 need not be 9955 in floating point. */
function percentNumber(ratio: number): number {
  const hundredths = Math.floor(Math.round(ratio * 1e10) / 1e6);
  return (ratio < 1 ? Math.min(hundredths, 9_999) : hundredths) / 100;
}

/** A difference of ratios as percentage points, with its sign. */
export function points(difference: number | null): string {
  if (difference === null) return 'not to be told';
  const text = Math.abs(difference * 100).toFixed(2);
  if (text === '0.00') return difference === 0 ? '0.00 points' : `${difference > 0 ? '+' : '−'}< 0.01 points`;
  return `${difference > 0 ? '+' : '−'}${text} points`;
}

export function count(number: number): string {
  return number.toLocaleString('en');
}

/** `3 violations`, `1 violation` */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** 1769903999000 → `2026-01-31 23:59:59 UTC` */
export function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** 1769903999000 → `20260131_235959`, for names of files. */
export function fileTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}

/** `72h`, `7d`, `90m`: as it is written in the configuration. */
export function windowText(ms: number): string {
  const [unit, unitMs] = (
    [
      ['d', 86_400_000],
      ['h', 3_600_000],
      ['m', 60_000],
      ['s', 1_000],
    ] as const
  ).find(([, size]) => ms % size === 0 && (size !== 86_400_000 || ms >= 4 * size)) ?? ['ms', 1];
  return `${String(ms / unitMs)}${unit}`;
}

export function duration(ms: number | null): string {
  return ms === null ? 'not to be told' : humanDuration(ms);
}
