import fc from 'fast-check';
import { searchText, sortKey } from './sort-key.ts';

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(sortKey([a]) ?? ''), Buffer.from(sortKey([b]) ?? ''));
}

/** whole and fraction as digits, so that the oracle can compare exactly */
const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 25 }));

function write([digits, scale]: readonly [bigint, number]): string {
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

describe('a sort key', () => {
  it('orders decimals of any size exactly by value', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const difference = a[0] * 10n ** BigInt(b[1]) - b[0] * 10n ** BigInt(a[1]);
        const expected = difference === 0n ? 0 : difference < 0n ? -1 : 1;
        expect(compare(write(a), write(b))).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  it('orders floating point numbers by value, however they are written', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (a, b) => {
          expect(compare(String(a), String(b))).toBe(Math.sign(a - b) === 0 ? 0 : a < b ? -1 : 1);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('gives equal numbers one key, so that they tie', () => {
    for (const text of ['1', '1.0', '01', '+1', '1e0', '10e-1']) expect(sortKey([text])).toBe(sortKey([1]));
    for (const text of ['0', '-0', '0.00', '0e5']) expect(sortKey([text])).toBe(sortKey([0]));
  });

  it('puts booleans before numbers before text, without regard to case', () => {
    const values = [false, true, -1, 0, 1, 'a', 'B', 'c', 'É'];
    const keys = values.map((value) => sortKey([value]) ?? '');
    expect([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(keys);
  });

  it('is null where there is nothing to sort by', () => {
    for (const values of [null, [], [null], [null, 1]]) expect(sortKey(values)).toBeNull();
  });

  it('can be stored whatever the value, and stays short', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { minLength: 1 }), (values) => {
        for (const text of [sortKey([...values, '\uD800\u0000']) ?? '', searchText([...values, '\uDC00'])]) {
          expect(text).not.toContain('\u0000');
          expect(Buffer.from(text).toString()).toBe(text);
        }
        expect((sortKey(values) ?? '').length).toBeLessThanOrEqual(240);
      }),
    );
  });
});
