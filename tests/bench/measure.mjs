/** Times two contestants in turn, so that whatever else the machine does hits both alike. */

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Medians of `rounds` turns A B A B …, after one turn of each that does not count. The ratio is that of the medians;
 * `ratios` are those of the single rounds, lowest and highest.
 * @param {() => Promise<number>} ours milliseconds
 * @param {() => Promise<number>} theirs milliseconds
 */
export async function sideBySide(rounds, ours, theirs) {
  await ours();
  await theirs();
  const [a, b] = [[], []];
  for (let i = 0; i < rounds; i += 1) {
    a.push(await ours());
    b.push(await theirs());
  }
  const each = a.map((ms, i) => ms / b[i]);
  return {
    ours: median(a),
    theirs: median(b),
    ratio: median(a) / median(b),
    ratios: [Math.min(...each), Math.max(...each)],
    rounds,
  };
}

export async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
