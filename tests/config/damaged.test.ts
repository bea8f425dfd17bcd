/** However a file is damaged, loading it ends in a configuration or in problems that hold no secret. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseConfig } from '../../exporter/src/config/load.ts';
import { formatProblem } from '../../exporter/src/config/problem.ts';
import { ENVIRONMENT, REGISTERS, SECRET } from './registers.ts';

const FILE = join(import.meta.dirname, '../fixtures/config/valid/everything.yaml');
const text = readFileSync(FILE, 'utf8').replaceAll('${DATABASE_URL}', 'postgres://app:s3cret-pass@db/app');

const pieces = [
  ...[
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ':',
    ': ',
    ',',
    '#',
    '&a',
    '*a',
    '!x',
    '|',
    '\n',
    '\t',
    '- ',
    '? ',
    '${',
    '$${',
  ],
  ...[
    '${TOKEN}',
    '${file:../password.txt}',
    '<<: *defaults',
    '__proto__: {}',
    'null',
    '7',
    'true',
    '---\n',
    '日本',
  ],
];

const edit = fc.record({
  at: fc.nat(text.length),
  remove: fc.oneof(fc.constant(0), fc.nat(12)),
  insert: fc.oneof(fc.constant(''), fc.constantFrom(...pieces), fc.string({ maxLength: 4 })),
});

test('a damaged file never throws, and no message repeats a secret', () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const damaged = edits.reduce(
        (before, { at, remove, insert }) => before.slice(0, at) + insert + before.slice(at + remove),
        text,
      );
      const result = parseConfig(FILE, damaged, REGISTERS, ENVIRONMENT);
      if (!('problems' in result)) return;
      refused += 1;
      const lines = result.problems.map(formatProblem);
      expect(lines.join('\n')).not.toContain(SECRET);
      for (const line of lines)
        expect(line).toMatch(/^\S+:\d+:\d+ .+: .+; .+\.( Did you mean "[^\n]+"\?)?$/s);
    }),
    { numRuns: 500 },
  );
  expect(refused).toBeGreaterThan(125);
}, 120_000);

test('whatever is written in place of a value, the message never repeats what came from a placeholder', () => {
  const lines = text.split('\n');
  const places = lines.flatMap((line, i) => (/^ +\w+: \S/.test(line) ? [i] : []));
  for (const i of places) {
    const line = lines[i]!.replace(/: .*$/, ': ${TOKEN}');
    const damaged = lines.with(i, line).join('\n');
    const result = parseConfig(FILE, damaged, REGISTERS, ENVIRONMENT);
    const problems = 'problems' in result ? result.problems.map(formatProblem) : [];
    expect(problems.join('\n')).not.toContain(SECRET);
  }
  expect(places.length).toBeGreaterThan(30);
});
