/** `lockstep sync plan|apply|undo`, asked of a running server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import type { AppliedPlan, MadePlan, Plan } from '../http/sync-schemas.ts';
import { ServerClient, ServerRefusal } from './server-client.ts';
import { newTable } from './tables.ts';

export interface SyncOptions {
  readonly url: string;
  readonly json: boolean;
}

export interface SyncPlanOptions extends SyncOptions {
  readonly violation?: readonly string[];
  readonly kind?: readonly string[];
  /** also print what would be sent */
  readonly statements: boolean;
}

const POLL_MS = 1_000;
const DRY_RUN_MS = 280_000;

const client = ({ url }: SyncOptions): ServerClient => new ServerClient(url, process.env['LOCKSTEP_TOKEN']);

export async function planSync(check: string, options: SyncPlanOptions): Promise<number> {
  const { violation: ids, kind: kinds } = options;
  const plan = await client(options).call<MadePlan>('POST', 'sync/plans', {
    check,
    ...(ids === undefined ? {} : { ids }),
    ...(kinds === undefined ? {} : { kinds }),
  });
  return show(plan, options, leftOut(plan));
}

function leftOut({ left_out: { no_room: noRoom, unmendable } }: MadePlan): string {
  const room = `${String(noRoom)} more did not fit (sync.maxRows): plan again once this one is applied.\n`;
  const rest = `${String(unmendable)} more are of kinds that \`sync\` leaves alone.\n`;
  return `${noRoom === 0 ? '' : room}${unmendable === 0 ? '' : rest}`;
}

/** Exits 1 when a row could not be written. */
export async function applySync(
  id: string,
  options: SyncOptions & { readonly reason: string; readonly dryRun: boolean },
): Promise<number> {
  const { reason, dryRun } = options;
  const server = client(options);
  const path = `sync/plans/${encodeURIComponent(id)}`;
  const body = { reason, dry_run: dryRun };
  // nothing tells of a dry run but its answer
  const asked = server.call<AppliedPlan>('POST', `${path}/apply`, body, dryRun ? DRY_RUN_MS : undefined);
  const plan = await (dryRun ? asked : asked.catch((lost: unknown) => follow(server, path, lost)));
  const { written, skipped, failed } = plan.counts;
  const interrupted = !dryRun && plan.state === 'interrupted';
  const what = dryRun ? 'A dry run, rolled back:' : interrupted ? 'Interrupted:' : 'Applied:';
  const counts = `${what} ${String(written)} written, ${String(skipped)} skipped, ${String(failed)} failed.`;
  print(
    options,
    plan,
    `${rowsTable(plan)}\n${counts}${apartText(plan)}${dryRun ? '' : `\n${undoHint(plan)}`}`,
  );
  return failed > 0 || interrupted ? 1 : 0;
}

/** The server goes on writing when nobody waits for its answer any more. */
async function follow(server: ServerClient, path: string, lost: unknown): Promise<Plan> {
  const answered = lost instanceof ServerRefusal;
  if (!(lost instanceof UserError) || (answered && lost.status < 500)) throw lost;
  const why = answered ? `${lost.message}\n` : '';
  process.stderr.write(`${why}No answer; asking what has become of the plan …\n`);
  for (;;) {
    const plan = await server.call<Plan>('GET', path);
    if (plan.state === 'planned') throw lost;
    if (plan.state !== 'applying') return plan;
    await sleep(POLL_MS);
  }
}

function apartText(plan: Plan | AppliedPlan): string {
  if (plan.undo_of !== null || !('still_apart' in plan) || !plan.still_apart) return '';
  return ` ${String(plan.still_apart)} of them disagree all the same.`;
}

export async function undoSync(
  id: string,
  options: SyncOptions & { readonly statements: boolean },
): Promise<number> {
  const plan = await client(options).call<Plan>('POST', `sync/plans/${encodeURIComponent(id)}/undo`, {});
  return show(plan, options);
}

function show(plan: Plan, options: SyncOptions & { readonly statements: boolean }, besides = ''): number {
  const { planned, skipped } = plan.counts;
  const next =
    planned === 0
      ? 'Nothing would be written.'
      : `${String(planned)} ${planned === 1 ? 'row' : 'rows'} would be written, ${String(skipped)} not. Until ${plan.expires_at}:\n` +
        `  lockstep sync apply ${plan.id} --reason '…'      (--dry-run rolls it back)`;
  const statements = options.statements ? plan.rows.flatMap(statementsOf) : [];
  print(options, plan, [rowsTable(plan), ...statements, `${besides}${next}`].join('\n'));
  return 0;
}

function undoHint(plan: Plan): string {
  return plan.counts.written === 0 ? '' : `  lockstep sync undo ${plan.id}      previews taking it back`;
}

function rowsTable({ rows }: Plan): string {
  const table = newTable(['key', 'kind', 'action', 'table', 'change', 'outcome']);
  for (const row of rows) {
    const key = Object.values(row.key).map(String).join(' / ');
    const outcome = row.reason === null ? row.outcome : `${row.outcome}: ${row.reason}`;
    table.push([key, row.kind, row.action ?? '-', row.table ?? '-', changes(row), outcome]);
  }
  return table.toString();
}

function changes({ before, after }: Plan['rows'][number]): string {
  const columns = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const text = (value: string | null | undefined): string => value ?? 'NULL';
  if (before === null) return columns.map((column) => `${column}: ${text(after?.[column])}`).join('\n');
  return columns
    .filter((column) => after === null || before[column] !== after[column])
    .map((column) => `${column}: ${text(before[column])}${after === null ? '' : ` → ${text(after[column])}`}`)
    .join('\n');
}

function statementsOf({ statements }: Plan['rows'][number]): string[] {
  return statements.map(({ text, values }) => {
    const given = values.map(
      (value, i) => `$${String(i + 1)} = ${value === null ? 'NULL' : JSON.stringify(value)}`,
    );
    return `${text};\n-- ${given.join(', ')}\n`;
  });
}

function print({ json }: SyncOptions, document: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(document, null, 2) : text}\n`);
}
