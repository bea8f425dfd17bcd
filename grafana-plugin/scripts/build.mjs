/** `npm run build`: installs what is missing and builds dist, as Grafana's scaffold would. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, fail } from '../../scripts/install.mjs';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));

export async function build() {
  await ensureInstalled(folder);
  const webpack = join(folder, 'node_modules', 'webpack-cli', 'bin', 'cli.js');
  const options = ['-c', './webpack.config.ts', '--env', 'production'];
  const { status } = spawnSync(process.execPath, [webpack, ...options], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) {
    fail('The plugin could not be built; webpack says why above.');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build();
}
