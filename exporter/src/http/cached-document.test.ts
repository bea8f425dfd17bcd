import { CachedDocument } from './cached-document.ts';

function counting(maxAgeMs?: number) {
  const facts = { version: 1, renders: 0, fails: false, slow: Promise.resolve() };
  const document = new CachedDocument({
    version: () => facts.version,
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    render: async () => {
      facts.renders += 1;
      const body = `version ${String(facts.version)}`;
      await facts.slow;
      if (facts.fails) throw new Error('store closed');
      return { body, contentType: 'text/plain' };
    },
  });
  return { facts, document };
}

test('a document is rendered once per version, however often it is read', async () => {
  const { facts, document } = counting();
  const first = await document.current();
  expect(await document.current()).toBe(first);
  expect(facts.renders).toBe(1);
  facts.version = 2;
  expect((await document.current()).plain.toString()).toBe('version 2');
  expect(facts.renders).toBe(2);
});

test('readers that come at the same time share one rendering', async () => {
  const { facts, document } = counting();
  const all = await Promise.all(Array.from({ length: 50 }, () => document.current()));
  expect(new Set(all).size).toBe(1);
  expect(facts.renders).toBe(1);
});

test('who asks after a change never gets the rendering of before, even while it is under way', async () => {
  const { facts, document } = counting();
  let release = (): void => undefined;
  facts.slow = new Promise<void>((resolve) => (release = resolve));
  const before = document.current();
  facts.version = 2;
  const after = document.current();
  release();
  expect((await before).plain.toString()).toBe('version 1');
  expect((await after).plain.toString()).toBe('version 2');
  expect((await document.current()).plain.toString()).toBe('version 2');
  expect(facts.renders).toBe(2);
});

test('a failed rendering is not kept', async () => {
  const { facts, document } = counting();
  facts.fails = true;
  await expect(document.current()).rejects.toThrow('store closed');
  facts.fails = false;
  expect((await document.current()).plain.toString()).toBe('version 1');
});

test('a document with an age limit is rendered again when it is too old', async () => {
  const { facts, document } = counting(20);
  await document.current();
  await new Promise((resolve) => setTimeout(resolve, 40));
  await document.current();
  expect(facts.renders).toBe(2);
});

test('documents with equal bytes have equal ETags, and others do not', async () => {
  const { facts, document } = counting();
  const one = await document.current();
  facts.version = 2;
  const two = await document.current();
  facts.version = 1;
  expect((await document.current()).etag).toBe(one.etag);
  expect(two.etag).not.toBe(one.etag);
});
