/** `lockstep report daily|weekly|stabilization`, asked of a running server. */
import { basename, dirname } from 'node:path';
import { ServerClient } from './server-client.ts';
import { writeFiles } from './write-files.ts';

export interface ReportOptions {
  readonly url: string;
  readonly format: string;
  readonly force: boolean;
  readonly window?: string;
  readonly check?: string;
  /** file; printed without it */
  readonly out?: string;
}

export async function reportCommand(kind: string, options: ReportOptions): Promise<number> {
  const { url, format, force, window, check, out } = options;
  const query = new URLSearchParams({
    format,
    ...(window === undefined ? {} : { window }),
    ...(check === undefined ? {} : { check }),
  });
  const client = new ServerClient(url, process.env['LOCKSTEP_TOKEN']);
  const text = await client.text(`reports/${encodeURIComponent(kind)}?${query.toString()}`);
  if (out === undefined) {
    process.stdout.write(text);
    return 0;
  }
  for (const path of writeFiles(dirname(out), [{ name: basename(out), text }], { force }))
    process.stdout.write(`${path}\n`);
  return 0;
}
