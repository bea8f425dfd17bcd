/** The commands that ask a running server. */
import { Argument, type Command, Option } from 'commander';
import { command, durationOption, repeated } from './arguments.ts';
import type { GateOptions } from './gate.ts';
import { interrupted } from './interrupted.ts';
import type { MarkOptions } from './known.ts';
import type { ReportOptions } from './report.ts';
import type { SyncPlanOptions } from './sync.ts';

/** Beside those of `main.ts`; a rollback is 2. */
const EXIT_GATE_UNKNOWN = 3;

const SERVER = ['--url <url>', 'address of a running server; the token is read from LOCKSTEP_TOKEN'] as const;
const REPORT_KINDS = ['daily', 'weekly', 'stabilization'] as const;
const REPORT_FORMATS = ['markdown', 'json', 'html'] as const;
const JSON_OUTPUT = ['--json', 'print JSON', false] as const;
const serverUrl = (): string => process.env['LOCKSTEP_URL'] ?? 'http://127.0.0.1:9464';

export function addServerCommands(program: Command): void {
  baselineCommands(program);
  knownCommands(program);
  syncCommands(program);
  judgingCommands(program);
}

function baselineCommands(program: Command): void {
  const baseline = program
    .command('baseline')
    .description('remember a run of a running server, and compare with it');

  baseline
    .command('create')
    .description('remember the newest run; it is the current baseline of the check from then on')
    .argument('<check>', 'name of a check')
    .requiredOption('--name <name>', 'what to call it')
    .option('--note <note>', 'why it was made')
    .option(...SERVER, serverUrl())
    .option(...JSON_OUTPUT)
    .action(async (check: string, options: { url: string; json: boolean; name: string; note?: string }) => {
      const { createBaseline } = await import('./baseline.ts');
      process.exitCode = await createBaseline(check, options);
    });

  baseline
    .command('list')
    .description('list them, newest first')
    .option('--check <check>', 'only those of a check')
    .option(...SERVER, serverUrl())
    .option(...JSON_OUTPUT)
    .action(async (options: { url: string; json: boolean; check?: string }) => {
      const { listBaselines } = await import('./baseline.ts');
      process.exitCode = await listBaselines(options);
    });

  baseline
    .command('compare')
    .description('what is new, resolved and still there since the current baseline')
    .argument('<check>', 'name of a check')
    .option('--id <id>', 'compare with this baseline')
    .option(...SERVER, serverUrl())
    .option(...JSON_OUTPUT)
    .action(async (check: string, options: { url: string; json: boolean; id?: string }) => {
      const { compareBaseline } = await import('./baseline.ts');
      process.exitCode = await compareBaseline(check, options);
    });

  baseline
    .command('export')
    .description('write the current baseline as files: numbers, rows, what they mean and what to do')
    .argument('<check>', 'name of a check')
    .option('--id <id>', 'write this baseline')
    .option('-o, --out <folder>', 'folder to write to', 'baseline')
    .option('--force', 'replace files that say something else', false)
    .option(...SERVER, serverUrl())
    .action(async (check: string, options: { url: string; id?: string; out: string; force: boolean }) => {
      const { exportBaseline } = await import('./baseline.ts');
      process.exitCode = await exportBaseline(check, options);
    });
}

function knownCommands(program: Command): void {
  const known = program
    .command('known')
    .description('accept violations for a while, and take that back; asked of a running server');

  known
    .command('mark')
    .description('accept the open violations of a check, or chosen ones, as they are now')
    .argument('<check>', 'name of a check')
    .requiredOption('--reason <reason>', 'why')
    .option('--violation <id...>', 'only these')
    .option('--kind <kind...>', 'only of these kinds')
    .option('--search <text>', 'only where the key contains this')
    .option('--ticket <url>', 'where it is followed up')
    .option('--expires <date>', 'until when: 2026-12-31 or 2026-12-31T18:00Z')
    .option(...SERVER, serverUrl())
    .action(async (check: string, options: MarkOptions) => {
      const { markKnown } = await import('./known.ts');
      process.exitCode = await markKnown(check, options);
    });

  known
    .command('unmark')
    .description('take marks back: the violations are open again')
    .argument('<violations...>', 'ids of violations')
    .option(...SERVER, serverUrl())
    .action(async (violations: string[], options: { url: string }) => {
      const { unmarkKnown } = await import('./known.ts');
      process.exitCode = await unmarkKnown(violations, options);
    });
}

function syncCommands(program: Command): void {
  const sync = program
    .command('sync')
    .description('mend violations: preview, apply exactly that, take it back; asked of a running server');
  const STATEMENTS = ['--statements', 'also print what would be sent', false] as const;

  sync
    .command('plan')
    .description('what would be written to mend open violations; writes nothing')
    .argument('<check>', 'name of a check that has `sync`')
    .option('--violation <id...>', 'only these violations')
    .option('--kind <kind...>', 'only violations of these kinds')
    .option(...STATEMENTS)
    .option(...SERVER, serverUrl())
    .option(...JSON_OUTPUT)
    .action(async (check: string, options: SyncPlanOptions) => {
      const { planSync } = await import('./sync.ts');
      process.exitCode = await planSync(check, options);
    });

  sync
    .command('apply')
    .description('write a plan of your own; a row that has changed since is skipped; exits 1 when one failed')
    .argument('<plan>', 'as `lockstep sync plan` printed it')
    .requiredOption('--reason <reason>', 'why; kept in the audit trail')
    .option('--dry-run', 'do it all, and roll it back', false)
    .option(...SERVER, serverUrl())
    .option(...JSON_OUTPUT)
    .action(
      async (plan: string, options: { url: string; json: boolean; reason: string; dryRun: boolean }) => {
        const { applySync } = await import('./sync.ts');
        process.exitCode = await applySync(plan, options);
      },
    );

  sync
    .command('undo')
    .description('what takes an applied plan back; `lockstep sync apply` applies it')
    .argument('<plan>', 'a plan that was applied')
    .option(...STATEMENTS)
    .option(...SERVER, serverUrl())
    .option(...JSON_OUTPUT)
    .action(async (plan: string, options: { url: string; json: boolean; statements: boolean }) => {
      const { undoSync } = await import('./sync.ts');
      process.exitCode = await undoSync(plan, options);
    });
}

function judgingCommands(program: Command): void {
  program
    .command('report')
    .description('what happened in a window, with charts, and whether to proceed, investigate or fix first')
    .addArgument(new Argument('<kind>', 'what it is for').choices(REPORT_KINDS))
    .option('--window <duration>', 'how far back: 24h, 7d and 72h by the kind unless given')
    .addOption(new Option('--format <format>', 'how to write it').choices(REPORT_FORMATS).default('markdown'))
    .option('--check <check>', 'only this check')
    .option('-o, --out <file>', 'file to write instead of printing')
    .option('--force', 'replace a file that says something else', false)
    .option(...SERVER, serverUrl())
    .action(async (kind: string, options: ReportOptions) => {
      const { reportCommand } = await import('./report.ts');
      process.exitCode = await reportCommand(kind, options);
    });

  program
    .command('gate')
    .description(
      'whether a deployment may go on; exits 0 (proceed), 1 (investigate), 2 (roll back) or 3 (could not tell)',
    )
    // whatever keeps it from deciding must not look like a rollback
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : EXIT_GATE_UNKNOWN);
    })
    .addOption(durationOption('--for', 'the window, from 1s to 24h', '30m'))
    .option('--stage <stage>', 'whose limits: a name of gate.stages in the configuration')
    .addOption(
      new Option('--check <check>', 'only this check, repeatable')
        .argParser(repeated)
        .default([], 'every one'),
    )
    .option('--watch', 'follow until the window has passed, or until the first rollback', false)
    .addOption(durationOption('--every', 'how often to ask while watching', '15s'))
    .option('--on-rollback <command>', 'run this once when the decision is to roll back', command)
    .addOption(durationOption('--rollback-timeout', 'how long it may take', '5m'))
    .option(...SERVER, serverUrl())
    .option(...JSON_OUTPUT)
    .action(async (options: GateOptions) => {
      const { gateCommand } = await import('./gate.ts');
      process.exitCode = await gateCommand(options, interrupted());
    });
}
