import { z } from 'zod';

/** features.json of an odour model, format 1: written by training, read once at start. */
const schema = z
  .object({
    format: z.literal(1),
    atomFields: z.literal(8),
    /** Atomic numbers with an index of their own, from 1; all others share the next one. */
    elements: z.array(z.int().positive()),
    /** Atomic masses in Da, by atomic number. */
    masses: z.array(z.number()),
    /**
     * Column keys: `e<centre>:<neighbours>` for an atom's surroundings, `r<atom>:<neighbours>` for its neighbours'
     * surroundings too (numbers of knownAtoms, from 1), `p<kinds and distance>` for a pair, `t<kinds and orders>` for
     * four atoms in a row.
     */
    environments: z.array(z.string().regex(/^([er]\d+:[\d,]*|[pt]\d+)$/)),
    globals: z.array(z.string()),
    knownAtoms: z.array(z.string()),
    mean: z.array(z.number()),
    std: z.array(z.number().positive()),
  })
  .refine(
    (v) => v.mean.length === v.environments.length + v.globals.length && v.std.length === v.mean.length,
    {
      error: 'mean and std must have one number per environment and global',
    },
  );

/** The fitted part of the odour features: which environments are columns, and how columns are scaled. */
export interface Vocabulary {
  readonly elementIndex: ReadonlyMap<number, number>;
  readonly otherElement: number;
  readonly masses: readonly number[];
  /** Atoms with their neighbours. */
  readonly surroundings: Surroundings;
  /** Atoms with their neighbours' surroundings, by the numbers of the known ones; empty where a model has none. */
  readonly shells: Surroundings;
  readonly pairs: PairColumns;
  /** Columns of four atoms in a row, by the number that `eachTorsion` gives; empty where a model has none. */
  readonly torsions: ReadonlyMap<number, number>;
  /** Number of environment columns; those of the whole molecule follow. */
  readonly environments: number;
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/**
 * Surroundings of an atom as a tree: from the root by the number of the atom, then by those of its neighbours, lowest
 * first. A step is looked up as `place * STEP + number`. Reading numbers is several times faster than making a text
 * of them to look up.
 */
export interface Surroundings {
  readonly steps: ReadonlyMap<number, number>;
  /** Column of the surroundings that end at a place; -1 for none. */
  readonly column: Int32Array;
  /** Numbers, from 1, of surroundings that occur in at least three training molecules; 0 for others. */
  readonly known: Int32Array;
}

/** Above every number of an atom. */
export const STEP = 65_536;

/** Columns of atom pairs: at `(index of a * kinds + index of b) * 10 + distance`, -1 for none. */
export interface PairColumns {
  readonly kinds: number;
  /** Index of each kind of atom; -1 for one that is in no pair. */
  readonly indexOf: Int16Array;
  readonly column: Int16Array;
}

/**
 * Reads features.json.
 * @param globals the whole-molecule values this code computes, in order
 * @throws TypeError when the file is of another format, or asks for other values
 */
export function parseVocabulary(json: unknown, globals: readonly string[]): Vocabulary {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new TypeError(`features.json: ${z.prettifyError(parsed.error)}`);
  const spec = parsed.data;
  if (spec.globals.join() !== globals.join()) {
    throw new TypeError(`features.json: globals must be ${globals.join(', ')}`);
  }
  return {
    elementIndex: new Map(spec.elements.map((number, i) => [number, i + 1])),
    otherElement: spec.elements.length + 1,
    masses: spec.masses,
    surroundings: surroundingsOf('e', spec.environments, spec.knownAtoms),
    shells: surroundingsOf('r', spec.environments, []),
    pairs: pairsOf(spec.environments),
    torsions: new Map(
      spec.environments.flatMap((key, column) =>
        key.startsWith('t') ? [[Number(key.slice(1)), column] as const] : [],
      ),
    ),
    environments: spec.environments.length,
    mean: Float64Array.from(spec.mean),
    std: Float64Array.from(spec.std),
  };
}

function surroundingsOf(
  prefix: string,
  environments: readonly string[],
  knownAtoms: readonly string[],
): Surroundings {
  const steps = new Map<number, number>();
  const ends = new Map<number, { column: number; known: number }>();
  const endOf = (key: string) => {
    const [centre = '', around = ''] = key.slice(1).split(':');
    let place = 0;
    for (const number of [centre, ...around.split(',').filter(Boolean)].map(Number)) {
      const step = place * STEP + number;
      place = steps.get(step) ?? steps.size + 1;
      steps.set(step, place);
    }
    const end = ends.get(place) ?? { column: -1, known: 0 };
    ends.set(place, end);
    return end;
  };
  for (const [column, key] of environments.entries()) if (key.startsWith(prefix)) endOf(key).column = column;
  for (const [index, key] of knownAtoms.entries()) endOf(key).known = index + 1;
  const column = new Int32Array(steps.size + 1).fill(-1);
  const known = new Int32Array(steps.size + 1);
  for (const [place, end] of ends) {
    column[place] = end.column;
    known[place] = end.known;
  }
  return { steps, column, known };
}

function pairsOf(environments: readonly string[]): PairColumns {
  const pairs = environments.flatMap((key, column) => {
    if (!key.startsWith('p')) return [];
    const number = Number(key.slice(1));
    const kinds = Math.floor(number / 10);
    return [{ a: Math.floor(kinds / 1000), b: kinds % 1000, distance: number % 10, column }];
  });
  const found = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const indexOf = new Int16Array(1000).fill(-1);
  for (const [index, kind] of found.entries()) indexOf[kind] = index;
  const kinds = found.length;
  const column = new Int16Array(kinds * kinds * 10).fill(-1);
  for (const { a, b, distance, column: own } of pairs) {
    const [i = 0, j = 0] = [indexOf[a], indexOf[b]];
    column[(i * kinds + j) * 10 + distance] = own;
    column[(j * kinds + i) * 10 + distance] = own;
  }
  return { kinds, indexOf, column };
}
