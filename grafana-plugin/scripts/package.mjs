/** `npm run package`: artifacts/lockstep-consistency-app-VERSION.zip, whose root folder is the plugin's id, and its sha256. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
await build();
const { zipSync } = await import('fflate');

const dist = join(folder, 'dist');
const { id, info } = JSON.parse(readFileSync(join(dist, 'plugin.json'), 'utf8'));
const name = `${id}-${info.version}.zip`;
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
// one time for all, so that the same build gives the same archive
const mtime = new Date(`${info.updated}T00:00:00Z`);
const entries = files.map((file) => [
  [id, ...relative(dist, file).split(sep)].join('/'),
  [readFileSync(file), { mtime }],
]);
const zip = zipSync(Object.fromEntries(entries), { level: 9 });
const sha256 = createHash('sha256').update(zip).digest('hex');

const artifacts = join(folder, 'artifacts');
mkdirSync(artifacts, { recursive: true });
writeFileSync(join(artifacts, name), zip);
writeFileSync(join(artifacts, `${name}.sha256`), `${sha256}  ${name}\n`);
console.log(`artifacts/${name}: ${files.length} files, ${Math.ceil(zip.length / 1000)} kB, sha256 ${sha256}`);
