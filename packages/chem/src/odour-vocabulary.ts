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
    /** Column keys: `e<centre>:<neighbours>` for an atom's surroundings, `p<kinds and distance>` for a pair. */
    environments: z.array(z.string().regex(/^(e\d+:[\d,]*|p\d+)$/)),
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
  /** Columns of atom environments. */
  readonly atomColumn: ReadonlyMap<string, number>;
  /** Columns of atom pairs; numeric keys because a molecule has many pairs. */
  readonly pairColumn: ReadonlyMap<number, number>;
  /** Surroundings of an atom that occur in at least three training molecules. */
  readonly known: ReadonlySet<string>;
  /** Number of environment columns; those of the whole molecule follow. */
  readonly environments: number;
  readonly mean: Float64Array;
  readonly std: Float64Array;
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
  const atomColumn = new Map<string, number>();
  const pairColumn = new Map<number, number>();
  for (const [column, key] of spec.environments.entries()) {
    if (key.startsWith('p')) pairColumn.set(Number(key.slice(1)), column);
    else atomColumn.set(key, column);
  }
  return {
    elementIndex: new Map(spec.elements.map((number, i) => [number, i + 1])),
    otherElement: spec.elements.length + 1,
    masses: spec.masses,
    atomColumn,
    pairColumn,
    known: new Set(spec.knownAtoms),
    environments: spec.environments.length,
    mean: Float64Array.from(spec.mean),
    std: Float64Array.from(spec.std),
  };
}
