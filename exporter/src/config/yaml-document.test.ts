import { treeAt, valueOf } from './tree.ts';
import { readYaml } from './yaml-document.ts';

function read(text: string): unknown {
  const { tree, faults } = readYaml(text);
  expect(faults).toEqual([]);
  return tree && valueOf(tree);
}

test('anchors, aliases and merge keys give the same as writing it out; own keys win', () => {
  expect(read('a: &x { k: 1, l: 2 }\nb: *x\nc: { <<: *x, l: 3 }\nd: { <<: [*x, { m: 4 }] }\n')).toEqual({
    a: { k: 1, l: 2 },
    b: { k: 1, l: 2 },
    c: { k: 1, l: 3 },
    d: { k: 1, l: 2, m: 4 },
  });
});

test('a key called __proto__ is a key', () => {
  const value = read('__proto__: { polluted: true }\n') as object;
  expect(Object.keys(value)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(value)).toBe(Object.getPrototypeOf({}));
});

test('a value knows its line and column, tabs and emoji counted as editors do', () => {
  const { tree } = readYaml('a: 1\nlist:\n  - "🙂":\t x\n');
  expect(treeAt(tree!, ['list', 0, '🙂'])).toMatchObject({ value: 'x', at: { line: 3, column: 12 } });
});

test('aliases that multiply are stopped', () => {
  const levels = Array.from({ length: 9 }, (_, i) => {
    const before = i === 0 ? '"x"' : `*l${String(i - 1)}`;
    return `l${String(i)}: &l${String(i)} [${Array.from({ length: 9 }, () => before).join(', ')}]`;
  });
  const { faults } = readYaml(levels.join('\n'));
  expect(faults.map((fault) => fault.message)).toEqual(['aliases multiply this beyond reason']);
});

test('a file of more than 8 MiB is not even parsed', () => {
  const { tree, faults } = readYaml('# ' + 'x'.repeat(8 * 1024 * 1024));
  expect(tree).toBeNull();
  expect(faults).toHaveLength(1);
});

test('a fault never repeats the text', () => {
  for (const text of [
    'a: "s3cret\n',
    'a: s3cret: x\n',
    '*s3cret',
    'a: !s3cret x',
    's3cret\nb: 1',
    '%s3cret\n---\na: 1',
  ]) {
    const { faults } = readYaml(text);
    expect(JSON.stringify(faults)).not.toContain('s3cret');
    expect(faults).not.toEqual([]);
  }
});
