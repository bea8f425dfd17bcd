/** `lockstep known mark|unmark`, asked of a running server. */
import { UserError } from '../core/errors.ts';
import { inOptions } from './option-names.ts';
import { ServerClient } from './server-client.ts';

interface Skipped {
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

export interface MarkOptions {
  readonly url: string;
  readonly reason: string;
  readonly ticket?: string;
  /** ISO 8601 */
  readonly expires?: string;
  readonly violation?: readonly string[];
  readonly kind?: readonly string[];
  readonly search?: string;
}

const OPTIONS = {
  ...{ ids: '--violation', reason: '--reason', ticket: '--ticket', expires_at: '--expires' },
  ...{ filter: '--kind or --search', kind: '--kind', search: '--search' },
};

const client = (url: string): ServerClient => new ServerClient(url, process.env['LOCKSTEP_TOKEN']);

/** The chosen violations, or every open one of the check that a kind or a search leaves. */
export async function markKnown(check: string, options: MarkOptions): Promise<number> {
  const { url, reason, ticket, expires, violation: ids, kind, search } = options;
  if (ids && (kind !== undefined || search !== undefined)) {
    throw new UserError('--violation says which ones already; leave --kind and --search out');
  }
  const filter = { check, ...(kind ? { kind } : {}), ...(search === undefined ? {} : { search }) };
  const body = {
    ...(ids ? { ids, check } : { filter }),
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    ...(expires === undefined ? {} : { expires_at: instant(expires) }),
  };
  const answer = client(url).call<Skipped & { marked: number }>('POST', 'violations/known', body);
  const { marked, skipped } = await inOptions(OPTIONS, answer);
  return tell(marked, 'marked as known.', skipped);
}

export async function unmarkKnown(
  ids: readonly string[],
  { url }: { readonly url: string },
): Promise<number> {
  const { unmarked, skipped } = await client(url).call<Skipped & { unmarked: number }>(
    'POST',
    'violations/unmark',
    { ids },
  );
  return tell(unmarked, 'open again.', skipped);
}

/** A day means its first moment, UTC, as in the configuration. */
function instant(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new UserError(`--expires ${text} is no date; write 2026-12-31 or 2026-12-31T18:00Z`);
  return new Date(at).toISOString();
}

/** Exits 1 when there was nothing to do it to. */
function tell(done: number, what: string, skipped: Skipped['skipped']): number {
  process.stdout.write(
    `${[`${String(done)} ${what}`, ...skipped.map(({ id, reason }) => `${id}: ${reason}`)].join('\n')}\n`,
  );
  return done === 0 ? 1 : 0;
}
