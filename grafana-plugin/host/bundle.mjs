/**
 * One bundle of the host page per Grafana line: the same source with that line's own @grafana/*, React and the rest.
 * Kept in out/ until the page, this file or the line's lock file changes.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../../scripts/install.mjs';

const HOST = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(HOST, 'page');

/**
 * @param line folder below lines/, such as g12
 * @param page `host` for one face of the plugin, `scene` for a whole dashboard (only of a line with @grafana/scenes)
 */
export async function ensureBundled(line, page = 'host') {
  const folder = join(HOST, 'lines', line);
  await ensureInstalled(HOST);
  await ensureInstalled(folder);
  const stamp = join(HOST, 'out', line, `${page}.stamp`);
  const hash = hashOf(folder);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    return;
  }
  console.log(`Bundling the ${page} page with the packages of ${line} …`);
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(SOURCES, `${page}.tsx`)],
    outdir: join(HOST, 'out', line),
    ...{ bundle: true, format: 'iife', platform: 'browser', target: 'es2022', minify: true },
    // the plugin's own settings say otherwise
    tsconfigRaw: { compilerOptions: { jsx: 'react-jsx' } },
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'globalThis' },
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff2': 'dataurl', '.woff': 'dataurl', '.ttf': 'dataurl' },
    plugins: [packagesOf(folder), grafanaAsJs],
  });
  writeFileSync(stamp, hash);
}

/** The page's own imports come from the line, not from the packages of the plugin, which stand nearer. */
function packagesOf(folder) {
  return {
    name: 'packages-of-the-line',
    setup(build) {
      build.onResolve({ filter: /^[^.]/ }, (asked) => {
        if (asked.pluginData?.ofTheLine || !asked.importer.startsWith(SOURCES)) {
          return undefined;
        }
        // @grafana/i18n came with 12.1; before, there is nothing to set up
        if (asked.path === '@grafana/i18n' && !existsSync(join(folder, 'node_modules', '@grafana', 'i18n'))) {
          return { path: join(SOURCES, 'no-i18n.ts') };
        }
        return build.resolve(asked.path, { kind: asked.kind, resolveDir: folder, pluginData: { ofTheLine: true } });
      });
    },
  };
}

/**
 * @grafana/* ships .mjs, for which bundlers take Node's reading of a CommonJS default import (module.exports); that
 * breaks react-use and react-virtualized-auto-sizer. Served as .js, they get the reading that Grafana's own build has.
 */
const grafanaAsJs = {
  name: 'grafana-as-js',
  setup(build) {
    build.onResolve({ filter: /^(@grafana\/|\.)/ }, async (asked) => {
      if (asked.pluginData?.resolved) {
        return undefined;
      }
      const importer = asked.importer.replace(/\.mjs\.js$/, '.mjs');
      const { kind, resolveDir } = asked;
      const found = await build.resolve(asked.path, {
        kind,
        importer,
        resolveDir,
        pluginData: { resolved: true, ofTheLine: true },
      });
      if (found.errors.length > 0 || !/@grafana\/[^/]+\/dist\/esm\/.*\.mjs$/.test(found.path)) {
        return found;
      }
      return { path: `${found.path}.js`, namespace: 'grafana', sideEffects: found.sideEffects };
    });
    build.onLoad({ filter: /./, namespace: 'grafana' }, ({ path }) => {
      const file = path.slice(0, -'.js'.length);
      return { contents: readFileSync(file, 'utf8'), loader: 'js', resolveDir: dirname(file) };
    });
  },
};

function hashOf(folder) {
  const hash = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json')));
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  for (const file of readdirSync(SOURCES).sort()) {
    hash.update(file).update(readFileSync(join(SOURCES, file)));
  }
  return hash.digest('hex');
}
