type Value = string | number | boolean | null;

const DECIMAL = /^[+-]?\d+(\.\d+)?$/;

/**
 * Right minus left, exact for decimals of up to 15 digits; null when either is absent, redacted or no number.
 */
export function signedDifference(left: Value, right: Value): number | null {
  const [a, b] = [decimal(left), decimal(right)];
  if (a === null || b === null) {
    return null;
  }
  // subtracting whole numbers keeps 0.3 - 0.1 from becoming 0.19999999999999998
  const scale = 10 ** Math.max(places(left), places(right));
  return (Math.round(b * scale) - Math.round(a * scale)) / scale;
}

function decimal(value: Value): number | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && DECIMAL.test(text) && text.replace(/\D/g, '').length <= 15 ? Number(text) : null;
}

function places(value: Value): number {
  return String(value).split('.')[1]?.length ?? 0;
}
