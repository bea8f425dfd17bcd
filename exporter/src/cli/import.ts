/** `lockstep import`: the configuration of the monitor that Lockstep takes the place of → ours. */
import { readFileSync } from 'node:fs';
import { UserError } from '../core/errors.ts';
import { importMonitoring } from '../import/monitoring.ts';
import { writeFiles } from './write-files.ts';

export interface ImportOptions {
  /** folder */
  readonly out: string;
  /** whether files that say something else are replaced */
  readonly force: boolean;
}

/** @throws UserError when the file cannot be read or taken, or another is in the way; then nothing is written */
export function importCommand(file: string, { out, force }: ImportOptions): number {
  const { files, secrets, notCarried } = importMonitoring(file, read(file));
  const paths = writeFiles(out, files, { force });
  const parts = [
    ...paths,
    ...section('To set before it can run', secrets),
    ...section('Not carried over', notCarried),
    `\nThen: lockstep validate --connect ${paths[0] ?? ''}`,
  ];
  process.stdout.write(`${parts.join('\n')}\n`);
  return 0;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`\n${title}:`, ...lines.map((line) => `  ${line}`)];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UserError(`${file} cannot be read (${why}); name the monitoring_config.json of that monitor`);
  }
}
