/** How much of a note is wanted, as one says it; the API reads the words back as these weights. */
export const levels = [
  { level: 'full', weight: 1, words: '' },
  { level: 'quite', weight: 0.8, words: 'quite ' },
  { level: 'somewhat', weight: 0.6, words: 'somewhat ' },
  { level: 'slightly', weight: 0.4, words: 'slightly ' },
  { level: 'trace', weight: 0.2, words: 'a trace of ' },
  { level: 'none', weight: -1, words: 'no ' },
] as const;
export type Level = (typeof levels)[number]['level'];

/** One note of what is wanted. */
export interface Wish {
  readonly note: string;
  readonly level: Level;
}

/** The level nearest to a weight; below 0 the note is not wanted. */
export function levelOf(weight: number): Level {
  if (weight < 0) return 'none';
  const wanted = levels.filter((one) => one.weight > 0);
  return wanted.reduce((best, one) =>
    Math.abs(one.weight - weight) < Math.abs(best.weight - weight) ? one : best,
  ).level;
}

/** What the API understood, as wishes: the strongest first, what is not wanted last. */
export function wishesOf(understood: Readonly<Record<string, number>>): Wish[] {
  return Object.entries(understood)
    .toSorted(([, one], [, other]) => other - one)
    .map(([note, weight]) => ({ note, level: levelOf(weight) }));
}

/** Wishes as an English description: each note with its measure, by commas, which end what a measure is said of. */
export function descriptionOf(wishes: readonly Wish[]): string {
  return wishes
    .map(({ note, level }) => `${levels.find((one) => one.level === level)?.words ?? ''}${note}`)
    .join(', ');
}

/** What may be asked of the molecules beside their smell; undefined: it does not matter. */
export interface Constraints {
  readonly max_molecular_weight?: number | undefined;
  readonly max_log_p?: number | undefined;
  readonly min_match?: number | undefined;
  readonly max_synthetic_accessibility?: number | undefined;
  readonly scaffold?: string | undefined;
  readonly similar_to?: { readonly smiles: string; readonly min?: number; readonly max?: number } | undefined;
  readonly novel_only?: boolean | undefined;
  readonly exclude_allergens?: boolean | undefined;
}

export interface Order {
  /** Empty where only wishes are asked for. */
  readonly description: string;
  /** Edited by hand: they go before the description. */
  readonly wishes: readonly Wish[] | undefined;
  readonly count: number;
  readonly worker: 'optimized' | 'dit' | 'baseline';
  readonly constraints: Constraints;
}

/** An order as POST /api/v1/generate takes it. */
export function requestOf({
  description,
  wishes,
  count,
  worker,
  constraints,
}: Order): Record<string, unknown> {
  const asked = Object.fromEntries(
    Object.entries(constraints).filter(([, value]) => value !== undefined && value !== false && value !== ''),
  );
  return {
    ...(wishes === undefined ? { description } : { description: descriptionOf(wishes), language: 'en' }),
    num_molecules: count,
    worker,
    ...(Object.keys(asked).length > 0 ? { constraints: asked } : {}),
  };
}
