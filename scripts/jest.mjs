/** Runs one package's tests and counts what came of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @param {string} root folder of the package, with jest among its own dependencies
 * @param {readonly string[]} args jest's
 * @param {Record<string, string>} [environment] besides ours
 * @returns {{status: number, passed: number, failed: number, skippedNames: string[]}}
 */
export function runJest(root, args, environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-totals-'));
  const outputFile = join(folder, 'totals.json');
  try {
    const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    // jest needs the flag for ES modules; the other one keeps its warning out of every worker's output
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const options = ['--rootDir', root, '--json', `--outputFile=${outputFile}`];
    const { status } = spawnSync(process.execPath, [...flags, jest, ...options, ...args], {
      cwd: root,
      // the JSON goes to the file; what people read is on stderr
      stdio: ['inherit', 'ignore', 'inherit'],
      env: { ...process.env, ...environment },
    });
    return totals(status ?? 1, outputFile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function totals(status, outputFile) {
  if (!existsSync(outputFile)) return { status: status || 1, passed: 0, failed: 1, skippedNames: [] };
  const told = JSON.parse(readFileSync(outputFile, 'utf8'));
  const skippedNames = told.testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter((one) => one.status === 'pending' || one.status === 'todo')
      .map(({ fullName }) => fullName),
  );
  const failed = told.numFailedTests + told.numRuntimeErrorTestSuites;
  return { status, passed: told.numPassedTests, failed, skippedNames };
}
