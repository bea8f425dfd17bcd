import { enterAll, Gate } from './gate.ts';

const open = new AbortController().signal;

test('as many enter at once as there are places, the others in the order they came', async () => {
  const gate = new Gate(2);
  const order: string[] = [];
  const enter = async (name: string): Promise<() => void> => {
    const leave = await gate.enter(open);
    order.push(name);
    return leave;
  };
  const [first] = await Promise.all([enter('a'), enter('b')]);
  const waiting = [enter('c'), enter('d')];
  await Promise.resolve();
  expect(order).toEqual(['a', 'b']);
  first();
  first();
  const leave = await waiting[0];
  expect(order).toEqual(['a', 'b', 'c']);
  leave?.();
  await waiting[1];
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});

test('who gives up while waiting takes no place and holds nobody up', async () => {
  const gate = new Gate(1);
  const leave = await gate.enter(open);
  const impatient = new AbortController();
  const givenUp = gate.enter(impatient.signal);
  const patient = gate.enter(open);
  impatient.abort(new Error('enough'));
  await expect(givenUp).rejects.toThrow('enough');
  await expect(gate.enter(impatient.signal)).rejects.toThrow('enough');
  leave();
  (await patient)();
  (await gate.enter(open))();
});

test('who cannot enter every gate leaves those he is in', async () => {
  const [a, b] = [new Gate(1), new Gate(1)];
  const leave = await b.enter(open);
  const impatient = new AbortController();
  const both = enterAll([a, b], impatient.signal);
  await Promise.resolve();
  impatient.abort(new Error('enough'));
  await expect(both).rejects.toThrow('enough');
  (await a.enter(open))();
  leave();
  (await enterAll([a, b], open))();
});
