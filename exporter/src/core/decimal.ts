/** Decimals as text, for what doubles would round. */

/** |a − b| ≤ limit on decimal text, exactly: doubles would round 20-digit amounts. NaN and infinities are only equal to themselves. */
export function within(a: string, b: string, limit: string): boolean {
  const numbers = [a, b, limit].map(parseDecimal);
  const scale = Math.max(...numbers.map((number) => number?.scale ?? 0));
  const [x, y, most] = numbers.map((n) => (n ? n.digits * 10n ** BigInt(scale - n.scale) : undefined));
  if (x === undefined || y === undefined || most === undefined) return false;
  const apart = x > y ? x - y : y - x;
  return apart <= most;
}

function parseDecimal(text: string): { digits: bigint; scale: number } | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text);
  if (!match) return null;
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = match;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(sign + whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}
