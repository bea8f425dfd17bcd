/** `lockstep init`: reads the catalog of a database and prints a first configuration. */
import { propertiesOf } from '../config/entry.ts';
import { writeProposals } from '../config/proposed-config.ts';
import { propose } from '../config/propose.ts';
import { UserError } from '../core/errors.ts';
import { ENGINES } from '../sources/register.ts';
import type { CatalogTable, Engine } from '../sources/source.ts';

const CATALOG_TIMEOUT_MS = 30_000;

/** Prints the configuration. Throws a `UserError` when the database cannot be read. */
export async function initCommand(options: { readonly url: string }): Promise<number> {
  process.stdout.write(await init(options.url));
  return 0;
}

export async function init(url: string): Promise<string> {
  const { name, engine } = engineOf(url);
  const tables = await readCatalog(engine, url);
  return writeProposals(propose(tables), name);
}

function engineOf(url: string): { readonly name: string; readonly engine: Engine } {
  const databases = Object.entries(ENGINES).filter(([, { nature }]) => nature === 'database');
  for (const [name, engine] of databases) {
    if (new RegExp(addressOf(engine).pattern ?? '^$').test(url)) return { name, engine };
  }
  const known = databases.map(([, engine]) => (addressOf(engine).description ?? '').replace(/;.*$/, ''));
  throw new UserError(
    `--url is no address of a database that Lockstep can read; write ${known.join(' or ')}`,
  );
}

function addressOf({ schema }: Engine): { readonly pattern?: string; readonly description?: string } {
  return propertiesOf(schema)['url'] ?? {};
}

async function readCatalog(engine: Engine, url: string): Promise<readonly CatalogTable[]> {
  const source = engine.open('app', { url });
  const signal = AbortSignal.timeout(CATALOG_TIMEOUT_MS);
  try {
    return await source.catalog({ timeoutMs: CATALOG_TIMEOUT_MS, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new UserError('the database gave no answer within 30s; check host and port in --url', {
      cause: error,
    });
  } finally {
    await source.close();
  }
}
