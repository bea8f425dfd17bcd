/** The command line: arguments, signals, exit codes. */
import './small-heap.ts';
import { Command, Option } from 'commander';
import { wholeNumber } from './cli/arguments.ts';
import { interrupted } from './cli/interrupted.ts';
import { addServerCommands } from './cli/server-commands.ts';
import { UserError } from './core/errors.ts';
import { version } from './version.ts';

/** 0 fine · 1 violations found · 2 wrong input, or something could not be looked at · 70 a bug (EX_SOFTWARE); `gate` has its own */
const EXIT_USER = 2;
const EXIT_BUG = 70;

const program = new Command('lockstep')
  .description('Tells which rows of two tables that must agree have stopped agreeing.')
  .version(version, '-V, --version', 'print the version')
  .showHelpAfterError('(lockstep --help lists every command and option)')
  .showSuggestionAfterError()
  .configureHelp({ sortOptions: true })
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : EXIT_USER);
  });

const CONFIG = ['-c, --config <file>', 'configuration file', 'lockstep.yaml'] as const;

program
  .command('serve')
  .description('run checks on schedule; publish metrics, violations and the API')
  .option(...CONFIG)
  .action(async (options: { config: string }) => {
    const { serveCommand } = await import('./cli/serve.ts');
    process.exitCode = await serveCommand(options);
  });

program
  .command('check')
  .description('run checks once, without a server; exits 0 (all pass), 1 (violations) or 2 (could not look)')
  .argument('[checks...]', 'names of checks; every enabled check by default')
  .option(...CONFIG)
  .option('--json', 'print JSON', false)
  .option('--limit <n>', 'violations to print per check', wholeNumber, 20)
  .action(async (checks: string[], options: { config: string; json: boolean; limit: number }) => {
    const { checkCommand } = await import('./cli/check.ts');
    process.exitCode = await checkCommand({ ...options, checks }, interrupted());
  });

program
  .command('validate')
  .description('check the configuration; exits 0 (valid) or 2 (problems)')
  .argument('[file]', 'configuration file; the same as --config')
  .option(...CONFIG)
  .option(
    '--connect',
    'also try each source: reachable, read-only, tables, columns, types, keys, plans',
    false,
  )
  .option('--json', 'print JSON', false)
  .action(async (file: string | undefined, options: { config: string; connect: boolean; json: boolean }) => {
    const { validateCommand } = await import('./cli/validate.ts');
    process.exitCode = await validateCommand(file ?? options.config, options);
  });

program
  .command('explain')
  .description('print the SQL of a check, its plan and how long it should take')
  .argument('<check>', 'name of a check')
  .option(...CONFIG)
  .option('--json', 'print JSON', false)
  .action(async (check: string, options: { config: string; json: boolean }) => {
    const { explainCommand } = await import('./cli/explain.ts');
    process.exitCode = await explainCommand(check, options, interrupted());
  });

program
  .command('enforce')
  .description('print the migration that refuses what a check would find; runs nothing')
  .argument('<check>', 'name of a check')
  .option(...CONFIG)
  .addOption(
    new Option('--mode <mode>', 'refuse the transaction, or only warn')
      .choices(['refuse', 'log'])
      .default('refuse'),
  )
  .option('--down', 'print the inverse', false)
  .action(async (check: string, options: { config: string; mode: 'refuse' | 'log'; down: boolean }) => {
    const { enforceCommand } = await import('./cli/enforce.ts');
    process.exitCode = enforceCommand(check, options);
  });

program
  .command('init')
  .description('read the catalog of a database and propose checks as a commented configuration')
  .requiredOption('--url <url>', 'postgres://user:password@host:5432/database')
  .action(async (options: { url: string }) => {
    const { initCommand } = await import('./cli/init.ts');
    process.exitCode = await initCommand(options);
  });

program
  .command('import')
  .description('turn the monitoring_config.json of a monitor of a role system into our configuration')
  .argument('<file>', 'that file; what it says of databases, API, thresholds and who is told is taken')
  .option('-o, --out <folder>', 'folder to write to', '.')
  .option('--force', 'replace files that say something else', false)
  .action(async (file: string, options: { out: string; force: boolean }) => {
    const { importCommand } = await import('./cli/import.ts');
    process.exitCode = importCommand(file, options);
  });

program
  .command('alerts')
  .description('rules, routes and templates for Prometheus, Alertmanager and Grafana')
  .command('render')
  .description('write them for the checks and thresholds of a configuration')
  .option(...CONFIG)
  .option('-o, --out <folder>', 'folder to write to', 'alerts')
  .option('--force', 'replace files that say something else', false)
  .action(async (options: { config: string; out: string; force: boolean }) => {
    const { renderAlerts } = await import('./cli/alerts.ts');
    process.exitCode = renderAlerts(options);
  });

addServerCommands(program);

program
  .command('version')
  .description('print the version')
  .option('--json', 'print JSON', false)
  .action(({ json }: { json: boolean }) => {
    const facts = { version, node: process.version };
    process.stdout.write(
      json ? `${JSON.stringify(facts)}\n` : `lockstep ${version} (Node ${process.version})\n`,
    );
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof UserError) {
    process.stderr.write(`lockstep: ${error.message}\n`);
    process.exitCode = EXIT_USER;
  } else {
    process.stderr.write(
      `lockstep: this is a bug; please report it\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = EXIT_BUG;
  }
}
