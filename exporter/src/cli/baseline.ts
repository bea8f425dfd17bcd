/** `lockstep baseline create|list|compare|export`, asked of a running server. */
import { UserError } from '../core/errors.ts';
import { inOptions } from './option-names.ts';
import { ServerClient } from './server-client.ts';
import { writeFiles } from './write-files.ts';

export interface BaselineOptions {
  readonly url: string;
  readonly json: boolean;
}

interface Baseline {
  readonly id: string;
  readonly check: string;
  readonly name: string;
  readonly created_at: string;
  readonly current: boolean;
  readonly inconsistent: number;
  readonly consistency_ratio: number | null;
}

interface Part {
  readonly total: number;
  readonly by_kind: Readonly<Record<string, number>>;
  readonly by_difference: Readonly<Record<string, number>>;
}

interface Comparison {
  readonly baseline: Baseline;
  readonly now: { readonly at: string; readonly held: boolean; readonly consistency_ratio: number | null };
  readonly drift_points: number | null;
  readonly new: Part;
  readonly resolved: Part;
  readonly still: Part;
}

const client = ({ url }: BaselineOptions): ServerClient =>
  new ServerClient(url, process.env['LOCKSTEP_TOKEN']);

export async function createBaseline(
  check: string,
  options: BaselineOptions & { readonly name: string; readonly note?: string },
): Promise<number> {
  const { name, note } = options;
  const answer = client(options).call<Baseline>('POST', 'baselines', {
    ...{ check, name },
    ...(note === undefined ? {} : { note }),
  });
  const made = await inOptions({ name: '--name', note: '--note' }, answer);
  return print(options, made, `Remembered ${lineOf(made)}`);
}

export async function listBaselines(options: BaselineOptions & { readonly check?: string }): Promise<number> {
  const { baselines } = await listed(options, options.check);
  return print(options, baselines, baselines.map(lineOf).join('\n') || 'No baseline.');
}

/** With the named baseline, or the current one of the check. */
export async function compareBaseline(
  check: string,
  options: BaselineOptions & { readonly id?: string },
): Promise<number> {
  const chosen = await choose(check, options);
  const found = await client(options).call<Comparison>(
    'GET',
    `baselines/${encodeURIComponent(chosen.id)}/comparison`,
  );
  return print(options, found, textOf(found));
}

/** The named baseline, or the current one of the check, as files. Rows name people: not for everybody to read. */
export async function exportBaseline(
  check: string,
  options: {
    readonly url: string;
    readonly id?: string;
    /** folder */
    readonly out: string;
    readonly force: boolean;
  },
): Promise<number> {
  const { id } = await choose(check, { ...options, json: false });
  const { files } = await client({ ...options, json: false }).call<{
    files: readonly { readonly name: string; readonly text: string }[];
  }>('GET', `baselines/${encodeURIComponent(id)}/files`);
  for (const path of writeFiles(options.out, files, { force: options.force, mode: 0o640 }))
    process.stdout.write(`${path}\n`);
  return 0;
}

async function choose(check: string, options: BaselineOptions & { readonly id?: string }): Promise<Baseline> {
  const { baselines } = await listed(options, check);
  const chosen = baselines.find(({ id, current }) =>
    options.id === undefined ? current : id === options.id,
  );
  if (chosen) return chosen;
  throw new UserError(
    options.id === undefined
      ? `check "${check}" has no current baseline; lockstep baseline create ${check} --name … makes one`
      : `check "${check}" has no baseline ${options.id}; lockstep baseline list shows them`,
  );
}

function listed(options: BaselineOptions, check: string | undefined) {
  const query = check === undefined ? '' : `?check=${encodeURIComponent(check)}`;
  return client(options).call<{ baselines: readonly Baseline[] }>('GET', `baselines${query}`);
}

function print({ json }: BaselineOptions, document: unknown, text: string): number {
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : text}\n`);
  return 0;
}

/** Rounded down: a violation never shows as 100 %. */
function percent(ratio: number | null): string {
  return ratio === null ? 'nothing checked' : `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`;
}

function lineOf({ id, check, name, created_at, current, inconsistent, consistency_ratio }: Baseline): string {
  const state = `${percent(consistency_ratio)}, ${String(inconsistent)} inconsistent`;
  return `${check} "${name}" of ${created_at}: ${state}${current ? ', current' : ''} (${id})`;
}

function textOf({ baseline, now, drift_points: drift, ...parts }: Comparison): string {
  const points = drift === null ? 'no drift can be told' : `${drift > 0 ? '+' : ''}${String(drift)} points`;
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${String(count)}`)
      .join(', ');
  const part = (title: string, { total, by_kind, by_difference }: Part): string =>
    total === 0
      ? `  ${title}: 0`
      : `  ${title}: ${String(total)} (${counts(by_kind)}; ${counts(by_difference)})`;
  return [
    lineOf(baseline),
    `now ${percent(now.consistency_ratio)} at ${now.at}${now.held ? ', held: the source cannot be looked at' : ''}: ${points}`,
    part('new', parts.new),
    part('resolved', parts.resolved),
    part('still', parts.still),
  ].join('\n');
}
