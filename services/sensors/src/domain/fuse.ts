/** What one device of an array says. */
export interface Opinion {
  readonly substances: readonly string[];
  readonly probabilities: readonly number[];
  readonly isUnknown: boolean;
  /** Share of a full window that it rests on, 0-1. */
  readonly coverage: number;
}

export interface Fused {
  /** Most probable first. */
  readonly substances: readonly string[];
  readonly probabilities: readonly number[];
  readonly isUnknown: boolean;
}

/** A device that is sure of nothing else must not rule out alone what all others see. */
const leastProbability = 1e-4;

/**
 * Several devices as one, by the logarithmic opinion pool (Genest and Zidek, Statistical Science 1, 1986, 114-135): the
 * geometric mean of their probabilities, each counted by how much of a window it has. Devices that share their errors,
 * as heads of one type do, gain less from it than independent ones would, which a mean allows for and a product would
 * not. The pattern is unknown when devices with at least half of the weight say so.
 */
export function fuse(opinions: readonly Opinion[]): Fused {
  const total = opinions.reduce((sum, { coverage }) => sum + coverage, 0);
  const logs = new Map<string, number>();
  let unknown = 0;
  for (const { substances, probabilities, isUnknown, coverage } of opinions) {
    const weight = coverage / total;
    if (isUnknown) unknown += weight;
    for (const [at, substance] of substances.entries()) {
      const log = Math.log(Math.max(leastProbability, probabilities[at] ?? 0));
      logs.set(substance, (logs.get(substance) ?? 0) + weight * log);
    }
  }
  const scores = [...logs].map(([substance, log]) => ({ substance, score: Math.exp(log) }));
  const sum = scores.reduce((all, { score }) => all + score, 0);
  scores.sort((a, b) => b.score - a.score);
  return {
    substances: scores.map(({ substance }) => substance),
    probabilities: scores.map(({ score }) => score / sum),
    isUnknown: opinions.length > 0 && unknown >= 0.5,
  };
}

export interface Measured {
  readonly id: string;
  readonly lastReadingMs: number | undefined;
}

/** Seconds behind the others after which a device counts as silent. */
export const silentAfterMs = 30_000;

/**
 * The moment that the windows of an array end at: the newest that every device has that is not silent. Devices that are
 * silent lag behind the newest of all by more than half a minute. Undefined: none has measured.
 */
export function alignedEnd(devices: readonly Measured[]): number | undefined {
  const times = devices.flatMap(({ lastReadingMs }) => lastReadingMs ?? []);
  const newest = Math.max(...times);
  return times.length === 0 ? undefined : Math.min(...times.filter((time) => newest - time <= silentAfterMs));
}
