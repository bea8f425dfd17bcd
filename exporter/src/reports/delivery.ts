/** Where a report on a schedule goes. What goes wrong is a `UserError` that never holds the address of a webhook. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';

/** There whole or not at all; the same name again replaces it. */
export async function writeReport(folder: string, name: string, text: string): Promise<void> {
  const unfinished = join(folder, `.${name}.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(unfinished, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(folder, name));
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UserError(
      `the report cannot be written to ${folder} (${why}); make room there, give the right to write, or name another folder`,
    );
  }
}

const TIMEOUT_MS = 10_000;

/** @param signal ends it early, at a stop */
export async function postReport(
  url: string,
  report: { readonly name: string; readonly text: string; readonly mediaType: string },
  signal: AbortSignal,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const expiry = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': report.mediaType, 'x-lockstep-report': report.name },
      body: report.text,
      // elsewhere nobody has been told to send it
      redirect: 'manual',
      signal: AbortSignal.any([signal, expiry]),
    });
    await response.body?.cancel();
    if (response.ok) return;
    const { status } = response;
    throw new UserError(
      `the webhook answered with status ${String(status)}${status >= 300 && status < 400 ? '; redirects are not followed' : ''}`,
    );
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (expiry.aborted)
      throw new UserError(`the webhook did not answer within ${String(timeoutMs / 1_000)} s`);
    const { cause } = error as { cause?: { code?: unknown } };
    const code = typeof cause?.code === 'string' ? ` (${cause.code})` : '';
    throw new UserError(`the webhook cannot be reached${code}`);
  }
}
