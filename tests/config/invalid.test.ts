/** Every file in fixtures/config/invalid is refused with exactly the text beside it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../exporter/src/config/load.ts';
import { formatProblem } from '../../exporter/src/config/problem.ts';
import { ENVIRONMENT, REGISTERS, SECRET } from './registers.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/config/invalid');
const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .sort();

function problemsOf(file: string, text: string): string {
  const result = parseConfig(join(FOLDER, file), text, REGISTERS, ENVIRONMENT);
  const problems = 'problems' in result ? result.problems : [];
  return problems.map((problem) => formatProblem({ ...problem, file }) + '\n').join('');
}

describe('an invalid configuration is refused with the exact message', () => {
  test('there are at least 40 of them, each with its text', () => {
    expect(files.length).toBeGreaterThanOrEqual(40);
    const texts = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'));
    expect(texts.sort()).toEqual(files.map((file) => file.replace('.yaml', '.txt')));
  });

  test.each(files)('%s', (file) => {
    const expected = readFileSync(join(FOLDER, file.replace('.yaml', '.txt')), 'utf8');
    expect(expected).not.toBe('');
    expect(problemsOf(file, readFileSync(join(FOLDER, file), 'utf8'))).toBe(expected);
  });

  test.each(files)('%s never repeats a secret', (file) => {
    expect(problemsOf(file, readFileSync(join(FOLDER, file), 'utf8'))).not.toContain(SECRET);
  });

  test.each(files)('%s gives the same places with Windows line ends', (file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const expected = readFileSync(join(FOLDER, file.replace('.yaml', '.txt')), 'utf8');
    expect(problemsOf(file, text.replaceAll('\n', '\r\n'))).toBe(expected);
  });
});
