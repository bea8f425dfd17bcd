/** `npm run demo:seed`: the reference tables, at any size, in any Postgres. */
import { existsSync, readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import pg from 'pg';
import { UserError } from '../core/errors.ts';
import { humanDuration } from '../core/duration.ts';
import { openFolder } from './folder.ts';
import { seed } from './seed.ts';

interface SeedOptions {
  readonly pairs: number;
  readonly wrong: (pairs: number) => number;
  readonly url?: string;
  readonly replace: boolean;
}

/** @param args without the program's name */
export async function runSeed(args: readonly string[]): Promise<void> {
  const command = new Command('npm run demo:seed --')
    .description('Makes and fills specialization_progress, user_licenses and users.')
    .option('--pairs <number>', 'how many keys there are on either side', wholeNumber, 1_000_000)
    .option('--wrong <share>', 'how many of them disagree: 0.5% or a number', wrongPairs, wrongPairs('0.5%'))
    .option('--url <postgres url>', 'where; by default the database of the running demo')
    .option('--replace', 'drop the tables first when they exist', false)
    .parse(args, { from: 'user' });
  try {
    await seedInto(command.opts<SeedOptions>());
  } catch (error) {
    console.error(error instanceof UserError ? error.message : reason(error));
    process.exitCode = 1;
  }
}

async function seedInto({ pairs, wrong, url, replace }: SeedOptions): Promise<void> {
  const client = new pg.Client({
    connectionString: url ?? demoUrl(),
    application_name: 'lockstep-demo-seed',
  });
  await client.connect();
  try {
    const startedAt = performance.now();
    const size = { pairs, wrong: wrong(pairs) };
    await seed(client, size, replace);
    const took = humanDuration(performance.now() - startedAt);
    console.log(`${String(size.pairs)} pairs, ${String(size.wrong)} of them wrong, in ${took}`);
  } finally {
    await client.end();
  }
}

function demoUrl(): string {
  const { facts } = openFolder();
  if (!existsSync(facts)) {
    throw new UserError(
      'the demo is not running; start it with "npm start", or say where with --url postgres://…',
    );
  }
  return (JSON.parse(readFileSync(facts, 'utf8')) as { databaseUrl: string }).databaseUrl;
}

function wholeNumber(text: string): number {
  if (!/^\d[\d_]*$/.test(text)) throw new InvalidArgumentError('write a whole number, for example 1000000');
  return Number(text.replaceAll('_', ''));
}

function wrongPairs(text: string): (pairs: number) => number {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (number === undefined)
    throw new InvalidArgumentError('write a share or a number, for example 0.5% or 5000');
  if (percent === '%') return (pairs) => Math.round((pairs * Number(number)) / 100);
  return () => Number(number);
}

/** What Postgres says, without the statement or the URL. */
function reason(error: unknown): string {
  const said =
    error instanceof Error ? error.message || ('code' in error ? String(error.code) : error.name) : '';
  return `the tables could not be made: ${said}`;
}
