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
}

/** Prints a table and marks each goal held or not. */
export function printGoals(goals: Goal[]): void {
  for (const [index, goal] of goals.entries()) {
    const isHeld =
      goal.atLeast !== undefined
        ? goal.value >= goal.atLeast
        : goal.atMost !== undefined
          ? goal.value <= goal.atMost
          : undefined;
    if (isHeld !== undefined) goals[index] = { ...goal, isHeld };
    const bar =
      goal.atLeast !== undefined ? `≥ ${goal.atLeast}` : goal.atMost !== undefined ? `≤ ${goal.atMost}` : '';
    const verdict = isHeld === undefined ? '' : isHeld ? 'held' : 'NOT HELD';
    const figure = `${goal.value.toFixed(goal.value < 10 ? 2 : 0)} ${goal.unit}`;
    console.log(
      `${goal.name.padEnd(34)}${figure.padStart(12)}  ${bar.padEnd(8)} ${verdict.padEnd(9)} ${goal.detail ?? ''}`,
    );
  }
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
