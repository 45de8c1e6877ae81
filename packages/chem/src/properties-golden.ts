import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { MolecularProperties } from './properties.ts';

const rowSchema = z.object({
  smiles: z.string(),
  sa: z.number(),
  logp: z.number(),
  tpsa: z.number(),
  weight: z.number(),
  rings: z.int(),
  /** Environment to how often it occurs; of every fifth molecule. */
  morgan: z.record(z.string(), z.number()).optional(),
});

/** A molecule with what Python's RDKit says of it. */
export type GoldenProperties = z.infer<typeof rowSchema>;

/** golden/properties.ndjson, as `python -m sillage_training.chem.reference` makes it. */
export function readGoldenProperties(): readonly GoldenProperties[] {
  return readFileSync(new URL('../golden/properties.ndjson', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => rowSchema.parse(JSON.parse(line)));
}

/** One property beside RDKit's: where each stands, and how far apart they may be. */
export interface Comparison {
  readonly name: string;
  readonly recorded: (row: GoldenProperties) => number;
  readonly own: (properties: MolecularProperties) => number;
  readonly tolerance: number;
}

export const comparisons: readonly Comparison[] = [
  {
    name: 'synthetic accessibility',
    recorded: ({ sa }) => sa,
    own: ({ syntheticAccessibility }) => syntheticAccessibility,
    tolerance: 0.001,
  },
  { name: 'log P', recorded: ({ logp }) => logp, own: ({ logP }) => logP, tolerance: 1e-4 },
  { name: 'polar surface, Å²', recorded: ({ tpsa }) => tpsa, own: ({ tpsa }) => tpsa, tolerance: 0.01 },
  {
    name: 'molecular weight, g/mol',
    recorded: ({ weight }) => weight,
    own: ({ molecularWeight }) => molecularWeight,
    tolerance: 0.002,
  },
  { name: 'rings', recorded: ({ rings }) => rings, own: ({ rings }) => rings, tolerance: 0 },
];
