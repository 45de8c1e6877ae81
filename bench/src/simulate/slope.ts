/**
 * The slope of points and its standard error. Neighbouring samples of memory are alike, which would make a plain error
 * too small; points are joined to ten means first, and those are taken as apart from each other.
 */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): {
  readonly perX: number;
  readonly error: number;
} {
  const blocks = Math.min(10, points.length);
  const means = Array.from({ length: blocks }, (_, index) => {
    const part = points.slice(
      Math.floor((index * points.length) / blocks),
      Math.floor(((index + 1) * points.length) / blocks),
    );
    const mean = (place: 0 | 1) => part.reduce((sum, point) => sum + point[place], 0) / part.length;
    return [mean(0), mean(1)] as const;
  });
  const n = means.length;
  if (n < 3) return { perX: 0, error: Number.POSITIVE_INFINITY };
  const meanX = means.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = means.reduce((sum, [, y]) => sum + y, 0) / n;
  const under = means.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const perX = means.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / under;
  const rest = means.reduce((sum, [x, y]) => sum + (y - meanY - perX * (x - meanX)) ** 2, 0);
  return { perX, error: Math.sqrt(rest / (n - 2) / under) };
}
