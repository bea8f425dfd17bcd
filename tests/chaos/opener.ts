/** Opens the store it is given at the moment it is given, and saves one run. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreConfig } from '../../exporter/src/config/config.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import { look } from '../conformance/looks.ts';

const [config = '', moment = '0', check = 'check'] = process.argv.slice(2);
try {
  await sleep(Math.max(0, Number(moment) - Date.now()));
  const store = await openStore(JSON.parse(config) as StoreConfig);
  await look(store, check, [], Date.now());
  await store.close();
  process.stdout.write('saved\n');
} catch (error) {
  process.stdout.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
  process.exitCode = 1;
}
