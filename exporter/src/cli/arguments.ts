/** How options are read; what they refuse is told with the help of the command. */
import { InvalidArgumentError, Option } from 'commander';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed, such as 20');
  return Number(text);
}

/** What a shell makes of an unset variable is no command. */
export function command(text: string): string {
  if (text.trim() === '')
    throw new InvalidArgumentError(
      'a command is needed, such as ./rollback.sh; leave the option out for none',
    );
  return text;
}

/** Read as milliseconds. */
export function durationOption(name: string, description: string, fallback: string): Option {
  const option = new Option(`${name} <duration>`, description).argParser(duration);
  return option.default(durationMs(fallback), fallback);
}

/** A day is more than any of them needs. */
function duration(text: string): number {
  const ms = new RegExp(DURATION_PATTERN).test(text) ? durationMs(text) : 0;
  if (ms < 1_000 || ms > durationMs('24h'))
    throw new InvalidArgumentError('a duration from 1s to 24h is needed, such as 30m');
  return ms;
}

export function repeated(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
