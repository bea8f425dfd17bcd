/** What `lockstep validate --connect` asks of a source and of a check. */
import type { CheckKind, Finding } from '../checks/kind.ts';
import type { Check } from '../core/check.ts';
import { humanDuration } from '../core/duration.ts';
import { UserError } from '../core/errors.ts';
import type { Mender } from '../sources/mender.ts';
import type { LookLimits, Probe, Source } from '../sources/source.ts';

const PROBE_TIMEOUT_MS = 15_000;

/** Is it reachable, and can its login only read? */
export async function inspectSource(source: Source): Promise<readonly Finding[]> {
  const probed = await within(PROBE_TIMEOUT_MS, (limits) => source.probe(limits));
  return 'failed' in probed ? [probed.failed] : probeFindings(source.engine, probed.done);
}

function probeFindings(
  engine: string,
  { version, user, writeRefused, writeGrants }: Probe,
): readonly Finding[] {
  const who = user === null ? '' : ` as "${user}"`;
  const findings: Finding[] = [{ level: 'ok', message: `reachable: ${engine} ${version}${who}` }];
  if (writeRefused === null)
    return writeGrants.length > 0 ? [...findings, unforbidden(writeGrants)] : findings;
  if (writeRefused)
    findings.push({ level: 'ok', message: 'a write was tried in a run’s transaction, and refused' });
  else {
    const message = 'a write in a run’s transaction was not refused; do not use this source';
    findings.push({ level: 'problem', message });
  }
  if (writeGrants.length > 0) {
    const message = [
      'outside of a run this login can write; Lockstep only needs to read. Take it away with',
      ...writeGrants,
    ];
    findings.push({ level: 'warning', message: message.join('\n') });
  } else findings.push({ level: 'ok', message: 'this login has no grant to write' });
  return findings;
}

/** Of an engine whose transactions forbid no write. */
function unforbidden(advice: readonly string[]): Finding {
  const message =
    'a write was not refused, and this engine has no transaction that would; Lockstep only needs to read. To have writes refused,';
  return { level: 'warning', message: [message, ...advice].join('\n') };
}

/** Do its tables, columns, types and keys fit, and what will a run cost? */
export async function inspectCheck(
  check: Check,
  kind: CheckKind,
  sources: ReadonlyMap<string, Source>,
  unreachable: ReadonlySet<string>,
): Promise<readonly Finding[]> {
  const missing = check.sources.filter((name) => unreachable.has(name));
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(' and ');
    return [{ level: 'warning', message: `not looked at, because of source ${names}` }];
  }
  const source = (name: string): Source => {
    const found = sources.get(name);
    if (!found) throw new UserError(`there is no source "${name}"`);
    return found;
  };
  const inspected = await within(check.timeoutMs, (limits) => kind.inspect(check, { ...limits, source }));
  return 'failed' in inspected ? [inspected.failed] : inspected.done;
}

/** May the login of the sync do what the configuration lets it? */
export async function inspectMender(mender: Mender): Promise<readonly Finding[]> {
  const asked = await within(PROBE_TIMEOUT_MS, async (limits) => ({
    grants: await mender.missingGrants(limits),
    refused: await mender.refusedExpressions(limits),
  }));
  if ('failed' in asked) return [{ ...asked.failed, message: `sync: ${asked.failed.message}` }];
  const { grants, refused } = asked.done;
  const lacking = [
    'sync: the login of sync.url lacks a right; it must be another than that of the source. Give it with',
    ...grants,
  ];
  return [
    grants.length === 0
      ? { level: 'ok', message: 'sync: the login may lock and write what it must' }
      : { level: 'problem', message: lacking.join('\n') },
    ...refused.map(({ setting, reason }): Finding => ({
      level: 'problem',
      message: `${setting}: ${reason}`,
    })),
  ];
}

async function within<T>(
  timeoutMs: number,
  work: (limits: LookLimits) => Promise<T>,
): Promise<{ readonly done: T } | { readonly failed: Finding }> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return { done: await work({ timeoutMs, signal }) };
  } catch (error) {
    if (signal.aborted) {
      return { failed: { level: 'problem', message: `gave no answer within ${humanDuration(timeoutMs)}` } };
    }
    if (error instanceof UserError) return { failed: { level: 'problem', message: error.message } };
    throw error;
  }
}
