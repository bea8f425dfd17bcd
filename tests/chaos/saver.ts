/** Opens the store it is given and saves run after run, one line for each that the store acknowledged. */
import type { StoreConfig } from '../../exporter/src/config/config.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import { saveNext } from './saved-runs.ts';

const [config = '', times = 'Infinity'] = process.argv.slice(2);
try {
  const store = await openStore(JSON.parse(config) as StoreConfig);
  process.stdout.write('open\n');
  for (let i = 0; i < Number(times); i += 1) process.stdout.write(`saved ${String(await saveNext(store))}\n`);
  await store.close();
} catch (error) {
  process.stdout.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
  process.exitCode = 1;
}
