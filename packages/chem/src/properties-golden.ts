import { readFileSync } from 'node:fs';
import { z } from 'zod';

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
