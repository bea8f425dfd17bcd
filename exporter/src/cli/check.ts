/** `lockstep check`: runs checks once, without a server and without memory. */
import { CHECK_KINDS } from '../checks/register.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/config.ts';
import type { Check } from '../core/check.ts';
import { humanDuration } from '../core/duration.ts';
import { UserError } from '../core/errors.ts';
import { consistencyRatio } from '../core/status.ts';
import { toRow } from '../core/violation-row.ts';
import { evaluate, type Evaluation } from '../runner/evaluation.ts';
import { Gate } from '../runner/gate.ts';
import { ENGINES } from '../sources/register.ts';
import { progress } from './progress.ts';
import { chosenChecks, openSources } from './sources.ts';
import { checksTable, violationsTable } from './tables.ts';

export interface CheckOptions {
  readonly config: string;
  /** names; none means every enabled check */
  readonly checks: readonly string[];
  readonly json: boolean;
  /** how many violations to print per check */
  readonly limit: number;
}

interface Report {
  readonly check: Check;
  readonly durationMs: number;
  readonly evaluation: Evaluation | null;
  readonly error: string | null;
}

/** Exit codes: 0 every check passes, 1 there are violations, 2 something could not be looked at. */
export async function checkCommand(options: CheckOptions, stopping: AbortSignal): Promise<number> {
  const config = loadConfig(options.config, { kinds: CHECK_KINDS, engines: ENGINES }, process.env);
  const reports = await runAll(config, chosenChecks(config, options.checks), stopping);
  process.stdout.write(
    options.json
      ? `${JSON.stringify(toJson(reports, options.limit), null, 2)}\n`
      : toText(reports, options.limit),
  );
  // nothing to check is not agreement: without `onEmpty: pass` nobody can tell
  if (reports.some(({ evaluation }) => evaluation === null || evaluation.status === 'unknown')) return 2;
  return reports.some((report) => report.evaluation?.outcome === 'fail') ? 1 : 0;
}

async function runAll(config: Config, checks: readonly Check[], stopping: AbortSignal): Promise<Report[]> {
  const sources = openSources(config);
  const gates = new Map([...sources].map(([name, source]) => [name, new Gate(source.concurrency)]));
  const done = progress(checks.map((check) => check.name));
  try {
    return await Promise.all(
      checks.map(async (check) => {
        const kind = CHECK_KINDS[check.kind];
        if (!kind) throw new UserError(`there is no kind of check called "${check.kind}"`);
        const startedAt = Date.now();
        const lens = { check, kind, sources, gates: check.sources.flatMap((name) => gates.get(name) ?? []) };
        const report = await evaluate(lens, new Set(), stopping, null).then(
          (evaluation) => ({ evaluation, error: null }),
          (error: unknown) => {
            if (!(error instanceof UserError)) throw error;
            return { evaluation: null, error: error.message };
          },
        );
        done.finish(check.name);
        return { check, durationMs: Date.now() - startedAt, ...report };
      }),
    );
  } finally {
    done.stop();
    await Promise.all([...sources.values()].map((source) => source.close()));
  }
}

function toJson(reports: readonly Report[], limit: number): unknown {
  return reports.map((report) => ({
    check: report.check.name,
    outcome: report.evaluation?.outcome ?? 'error',
    status: report.evaluation?.status ?? 'unknown',
    error: report.error,
    duration_ms: report.durationMs,
    ...(report.evaluation && {
      checked: report.evaluation.result.checked,
      consistent: report.evaluation.result.consistent,
      inconsistent: report.evaluation.result.inconsistent,
      consistency_ratio: consistencyRatio(
        report.evaluation.result.checked,
        report.evaluation.result.consistent,
      ),
      counts: report.evaluation.result.counts,
    }),
    violations: (report.evaluation?.rows ?? [])
      .slice(0, limit)
      .map((row) => ({ kind: row.kind, ...toRow(row, report.check) })),
  }));
}

function toText(reports: readonly Report[], limit: number): string {
  const lines = reports.map(({ check, evaluation, error, durationMs }) => ({
    name: check.name,
    status: evaluation?.status ?? ('unknown' as const),
    result: evaluation?.result ?? null,
    error: error === null ? null : 'could not look; see below',
    took: humanDuration(durationMs),
  }));
  return [checksTable(lines), ...reports.flatMap((report) => detailText(report, limit)), ''].join('\n');
}

function detailText({ check, error, evaluation }: Report, limit: number): string[] {
  if (error !== null) return [`\n${check.name} could not look: ${error}`];
  const rows = evaluation?.rows.slice(0, limit) ?? [];
  if (!evaluation || rows.length === 0) return [];
  const total = evaluation.result.inconsistent;
  const shown =
    rows.length < total
      ? `the first ${String(rows.length)} of ${String(total)}; --limit shows more`
      : String(total);
  return [`\n${check.name}: ${shown}`, violationsTable(check, rows)];
}
