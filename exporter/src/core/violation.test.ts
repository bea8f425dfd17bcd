import { keyText, reconcile, violationId, type Observed, type Remembered } from './violation.ts';

const observed = (id: string, right: number | null = 2, kind = 'mismatch'): Observed => ({
  id, kind, key: [id], left: [1], right: right === null ? null : [right],
}); // prettier-ignore
const remembered = (id: string, state: Remembered['state'] = 'open', right = 2): Remembered => ({
  ...observed(id, right), state,
}); // prettier-ignore
const memory = (...rows: Remembered[]) => new Map(rows.map((row) => [row.id, row]));
const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);

test('a known violation stays known while its values stay, is open again when they change, and resolves', () => {
  const before = memory(
    remembered('same', 'known'),
    remembered('other', 'known'),
    remembered('gone', 'known'),
  );
  const { reopened, changed, unchanged, resolved } = reconcile(before, [
    observed('same'),
    observed('other', 3),
  ]);
  expect([ids(reopened), ids(changed), unchanged, ids(resolved)]).toEqual([
    ['other'],
    [],
    ['same'],
    ['gone'],
  ]);
});

test('the life of a violation: opened, unchanged, changed, resolved, reopened', () => {
  const before = memory(
    remembered('same'),
    remembered('other'),
    remembered('gone'),
    remembered('back', 'resolved'),
  );
  const now = [observed('new'), observed('same'), observed('other', 3), observed('back')];
  const { opened, reopened, changed, unchanged, resolved } = reconcile(before, now);
  expect([ids(opened), ids(reopened), ids(changed), unchanged, ids(resolved)]).toEqual([
    ['new'], ['back'], ['other'], ['same'], ['gone'],
  ]); // prettier-ignore
});

test('another kind at the same key, or a side that went, is a change', () => {
  const before = memory(remembered('kind'), remembered('side'));
  const now = [observed('kind', 2, 'duplicate_key'), observed('side', null)];
  expect(ids(reconcile(before, now).changed)).toEqual(['kind', 'side']);
});

test('what is resolved already and not seen stays as it is', () => {
  expect(reconcile(memory(remembered('old', 'resolved')), [])).toEqual({
    opened: [], reopened: [], changed: [], remeasured: [], accepted: [], unchanged: [], resolved: [],
  }); // prettier-ignore
});

test('a key is one key from whichever side and type it comes', () => {
  expect(keyText([42, true, null])).toBe(keyText(['42', 'true', null]));
  expect(keyText([null])).not.toBe(keyText(['null']));
  expect(keyText(['a', 'b'])).not.toBe(keyText(['a,b']));
  expect(keyText(['a","b'])).not.toBe(keyText(['a', 'b']));
});

test('an id tells check and key, and nothing else', () => {
  const id = violationId('pairs', [1, 'COACH']);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(violationId('pairs', ['1', 'COACH'])).toBe(id);
  expect(violationId('pair', [1, 'COACH'])).not.toBe(id);
  expect(violationId('pairs["1"', [])).not.toBe(violationId('pairs', ['1']));
});
