/** `npm test`: runs every test, or those that the arguments (jest's own) choose, and ends with the totals. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, ROOT } from './install.mjs';

await ensureInstalled();
await ensureBuilt();

const args = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-totals-'));
const outputFile = join(folder, 'totals.json');
try {
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  // jest needs the flag for ES modules; the other one keeps its warning out of every worker's output
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const options = ['--rootDir', ROOT, '--json', `--outputFile=${outputFile}`];
  const { status } = spawnSync(process.execPath, [...flags, jest, ...options, ...args], {
    cwd: ROOT,
    // the JSON goes to the file; what people read is on stderr
    stdio: ['inherit', 'ignore', 'inherit'],
  });
  process.exitCode = report(status ?? 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function report(status) {
  if (!existsSync(outputFile)) {
    console.log('0 passed, 1 failed, 0 skipped');
    return status || 1;
  }
  const totals = JSON.parse(readFileSync(outputFile, 'utf8'));
  const failed = totals.numFailedTests + totals.numRuntimeErrorTestSuites;
  const skipped = totals.numPendingTests + totals.numTodoTests;
  const mustRunAll = Boolean(process.env.CI) && args.length === 0;
  if (mustRunAll && skipped > 0) {
    console.log('In CI a test that did not run is a failure:');
    for (const name of skippedNames(totals)) console.log(`  ${name}`);
  }
  console.log(`${totals.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0 || (mustRunAll && skipped > 0)) return 1;
  return status;
}

function skippedNames(totals) {
  return totals.testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ fullName }) => fullName),
  );
}
