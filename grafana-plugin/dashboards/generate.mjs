/**
 * Writes provisioning/dashboards/lockstep/*.json from the sources beside this file; with --check, fails when a committed
 * one differs. Either way the types are checked and the result is validated against the SDK's own schema.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../../scripts/install.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const plugin = dirname(folder);
await ensureInstalled(plugin);

const tsNode = join(plugin, 'node_modules', 'ts-node', 'dist', 'bin.js');
const options = ['--project', join(folder, 'tsconfig.json')];
const args = [tsNode, ...options, join(folder, 'main.ts'), ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: 'inherit' });
process.exitCode = status ?? 1;
