import { percentile } from '../report.ts';
import type { ServiceTimes } from '../simulate/fleet-model.ts';
import type { InferencePods } from './inference-load.ts';

/** What took so many times as long as usual was not our work but somebody else's on the machine. */
const mostVariation = 3;

export type InferenceTimes = Pick<
  ServiceTimes,
  'rpcMs' | 'describeMs' | 'batchMs' | 'moleculeMs' | 'wayMs' | 'variation'
>;

const sizes = [1, 2, 4, 8, 16, 32, 64];

/**
 * What a request of one process costs, from requests one at a time: the run of the model as inference tells it, its
 * whole time on the server, and the time until the answer is here, each as a line over the molecules.
 */
export async function calibrate(fleet: InferencePods, perSize: number): Promise<InferenceTimes> {
  const rows: { molecules: number; ms: number; inferenceMs: number; totalMs: number }[] = [];
  for (let warm = 0; warm < perSize; warm += 1) await fleet.ask(16);
  const cpuBefore = fleet.cpu();
  // In turn, so that what else the machine does falls on all sizes alike.
  for (let turn = 0; turn < perSize; turn += 1) {
    for (const molecules of sizes) rows.push({ molecules, ...(await fleet.ask(molecules)) });
  }
  const cpuMs = (fleet.cpu() - cpuBefore) * 1000;
  const medians = sizes.map((molecules) => {
    const own = rows.filter((row) => row.molecules === molecules);
    const of = (value: (row: (typeof own)[number]) => number) => percentile(own.map(value), 0.5);
    return {
      molecules,
      inferenceMs: of((row) => row.inferenceMs),
      describeMs: of((row) => row.totalMs - row.inferenceMs),
      wayMs: of((row) => row.ms - row.totalMs),
      ms: of((row) => row.ms),
    };
  });
  const batch = line(medians.map(({ molecules, inferenceMs }) => [molecules, inferenceMs]));
  const describe = line(medians.map(({ molecules, describeMs }) => [molecules, describeMs]));
  const way = line(medians.map(({ molecules, wayMs }) => [molecules, wayMs]));
  const medianOf = new Map(medians.map(({ molecules, ms }) => [molecules, ms]));
  const relative = rows
    .map(({ molecules, ms }) => ms / (medianOf.get(molecules) ?? ms))
    .filter((ratio) => ratio < mostVariation);
  const mean = relative.reduce((sum, ratio) => sum + ratio, 0) / relative.length;
  // The clock tells how the work is divided, the kernel how much of it there was: where others use the processor as
  // well, the clock runs on.
  const clockMs = rows.reduce(
    (sum, { molecules }) =>
      sum + describe.at0 + batch.at0 + molecules * (describe.slope + way.slope + batch.slope),
    0,
  );
  const scale = cpuMs / clockMs;
  return {
    rpcMs: describe.at0 * scale,
    // Reading and writing messages grows with the molecules as chemistry does.
    describeMs: (describe.slope + way.slope) * scale,
    batchMs: batch.at0 * scale,
    moleculeMs: batch.slope * scale,
    wayMs: way.at0,
    variation: quantiles(relative.map((ratio) => ratio / mean)),
  };
}

/** The line through points (least squares), not below zero anywhere. */
export function line(points: readonly (readonly [x: number, y: number])[]): { at0: number; slope: number } {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = Math.max(0, over / under);
  return { slope, at0: Math.max(0, meanY - slope * meanX) };
}

/** Twenty values that stand for all of them. */
function quantiles(values: readonly number[]): number[] {
  return Array.from({ length: 20 }, (_, index) => Number(percentile(values, (index + 0.5) / 20).toFixed(3)));
}
