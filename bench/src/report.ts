/** One figure and the bar it is held against; a figure without a bar is only shown. */
export interface Goal {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** How the figure came about. */
  readonly detail?: string;
  readonly isHeld?: boolean;
  /** False where the machine was too noisy for the figure to mean anything. */
  readonly isUsable?: boolean;
}

/** Prints a table and marks each goal held or not. */
export function printGoals(goals: Goal[]): void {
  for (const [index, goal] of goals.entries()) {
    const isHeld = isHeldOf(goal);
    if (isHeld !== undefined) goals[index] = { ...goal, isHeld };
    console.log(
      `${goal.name.padEnd(34)}${figureOf(goal).padStart(12)}  ${barOf(goal).padEnd(8)} ${verdictOf(goal).padEnd(9)} ${goal.detail ?? ''}`,
    );
  }
}

export function figureOf({ value, unit }: Goal): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
}

export function barOf({ atLeast, atMost }: Goal): string {
  return atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '';
}

/** In words; nothing for a figure without a bar. */
export function verdictOf(goal: Goal): string {
  if (goal.isUsable === false) return 'unusable';
  const isHeld = isHeldOf(goal);
  return isHeld === undefined ? '' : isHeld ? 'held' : 'NOT HELD';
}

function isHeldOf({ value, atLeast, atMost }: Goal): boolean | undefined {
  if (atLeast !== undefined) return value >= atLeast;
  return atMost === undefined ? undefined : value <= atMost;
}

/** The value below which this share of the values lies, by nearest rank; NaN of none. */
export function percentile(values: Iterable<number>, share: number): number {
  return percentileOfSorted(Float64Array.from(values).sort(), share);
}

/** The same of values that are sorted already. */
export function percentileOfSorted(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The figures of each round, as people read them. */
export function spread(figures: readonly number[], digits = 2): string {
  return `rounds ${figures.map((figure) => figure.toFixed(digits)).join(' ')}`;
}
