/** `npm run bench`: every contest in turn, then one table. */
import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { dashboards } from './dashboards.mjs';
import { openDatabases } from './database.mjs';
import { keyByKey } from './key-by-key.mjs';
import { libsqlFile } from './libsql.mjs';
import { coveringIndexes, plainIndexes } from './one-database.mjs';
import { exporterMemory, requestsPerSecond } from './requests-per-second.mjs';
import { startUp } from './start-up.mjs';
import { twoDatabases } from './two-databases.mjs';

/** name → what it measures; `sizes` are numbers of pairs, the last of them the largest */
const CONTESTS = {
  covering: async (databases, sizes, report) => {
    for (const pairs of sizes) await coveringIndexes(databases, pairs, report);
  },
  plain: async (databases, sizes, report) => {
    for (const pairs of sizes.slice(1)) await plainIndexes(databases, pairs, report);
  },
  'two-databases': async (databases, sizes, report) => {
    for (const pairs of sizes.slice(1)) await twoDatabases(databases, pairs, report);
  },
  libsql: async (databases, sizes, report) => {
    for (const pairs of sizes.slice(1)) await libsqlFile(databases, pairs, report);
  },
  'key-by-key': (databases, sizes, report) => keyByKey(databases, report),
  memory: async (databases, sizes, report) => {
    for (const pairs of sizes.slice(1)) await exporterMemory(databases, pairs, report);
  },
  requests: (databases, sizes, report) => requestsPerSecond(databases, sizes.at(-1), report),
  dashboards: (databases, sizes, report) => dashboards(databases, report),
  'start-up': (databases, sizes, report) => startUp(databases, report),
};

/** A missed bar is shown and is no error; only what could not be measured makes the exit code 1. */
export async function runBench(args) {
  const { full, only } = options(args);
  const sizes = full ? [10_000, 1_000_000, 10_000_000] : [10_000, 1_000_000];
  const databases = await openDatabases();
  const stop = onInterrupt(databases);
  console.log(
    `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, ` +
      `Postgres ${databases.version} with shared_buffers ${databases.sharedBuffersMb} MB`,
  );
  const results = [];
  for (const name of only ?? Object.keys(CONTESTS)) {
    console.log(`\n${name} …`);
    const report = (result) => {
      results.push(result);
      console.log(`  ${result.what}: ${result.measured} ${verdict(result)}`);
    };
    try {
      await CONTESTS[name](databases, sizes, report);
    } catch (error) {
      console.error(error);
      report({ what: name, measured: `not measured: ${error.message}`, bar: '', pass: null });
      process.exitCode = 1;
    }
  }
  await stop();
  const table = new Table({
    head: ['what', 'measured', 'bar', ''],
    style: { head: [] },
    colWidths: [46, 60, 24, 6],
    wordWrap: true,
  });
  for (const result of results) table.push([result.what, result.measured, result.bar, verdict(result)]);
  console.log(`\n${table.toString()}`);
}

function options(args) {
  return new Command('npm run bench --')
    .description('Measures Lockstep against its rivals, side by side.')
    .option('--full', 'also 10 million pairs: 4 GB of disk and half an hour', false)
    .option('--only <name>', `one of ${Object.keys(CONTESTS).join(', ')}; may be repeated`, collect)
    .parse(args, { from: 'user' })
    .opts();
}

function collect(name, before = []) {
  if (!(name in CONTESTS)) throw new InvalidArgumentError(`there are ${Object.keys(CONTESTS).join(', ')}`);
  return [...before, name];
}

function verdict({ pass }) {
  if (pass === null) return '';
  return pass ? 'pass' : 'MISS';
}

/** Ctrl-C must not leave a database server behind. */
function onInterrupt(databases) {
  const interrupted = async () => {
    await databases.stop();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  return databases.stop;
}
