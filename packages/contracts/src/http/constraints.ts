import { z } from 'zod';
import type { Constraints } from '../generated/sillage/inference/v1/Constraints.ts';
import { decimal, flag, list, shape, text, wholeNumber } from './fields.ts';
import { maxSmilesLength } from './predict.ts';

/** Characters of a scaffold. */
const maxScaffoldLength = 500;
/** Symbols in `allowed_elements`. */
export const maxAllowedElements = 20;

const similarToSchema = shape({
  smiles: text(1, maxSmilesLength).meta({ description: 'The molecule to be like.' }),
  min: decimal(0, 1).optional().meta({ description: 'Absent: 0.' }),
  max: decimal(0, 1).optional().meta({ description: 'Absent: 1.' }),
})
  .superRefine((range, context) => refuseCrossed(range, ['min', 'max'], context))
  .meta({
    id: 'SimilarTo',
    description: 'Tanimoto similarity on Morgan environments of radius 2 in 2,048 bits.',
  });

export const constraintsSchema = shape({
  min_molecular_weight: decimal(1, 2000, 'g/mol').optional(),
  max_molecular_weight: decimal(16, 2000, 'g/mol').optional(),
  min_log_p: decimal(-20, 20).optional().meta({ description: "Crippen's log P." }),
  max_log_p: decimal(-20, 20).optional(),
  min_rings: wholeNumber(0, 60)
    .optional()
    .meta({ description: 'As RDKit counts them: decalin has 2, cineole 3.' }),
  max_rings: wholeNumber(0, 60).optional(),
  allowed_elements: list(
    z
      .string({ error: 'must be the symbol of an element, such as C or Cl' })
      .regex(/^[A-Z][a-z]?$/, 'must be the symbol of an element, such as C or Cl'),
    1,
    maxAllowedElements,
    'symbols of elements',
  )
    .optional()
    .meta({ description: 'Hydrogen is always allowed.' }),
  scaffold: text(1, maxScaffoldLength)
    .optional()
    .meta({ description: 'What each molecule contains: a core as SMILES, or a pattern as SMARTS.' }),
  similar_to: similarToSchema.optional(),
  max_synthetic_accessibility: decimal(1, 10).optional().meta({ description: '1 (easy) to 10.' }),
  min_match: decimal(0, 1).optional().meta({ description: 'Least match with the description, 0-1.' }),
  novel_only: flag().optional().meta({ description: 'Leave out molecules the generator was trained on.' }),
  exclude_allergens: flag().optional(),
})
  .superRefine((constraints, context) => {
    refuseCrossed(constraints, ['min_molecular_weight', 'max_molecular_weight'], context);
    refuseCrossed(constraints, ['min_log_p', 'max_log_p'], context);
    refuseCrossed(constraints, ['min_rings', 'max_rings'], context);
  })
  .meta({
    id: 'Constraints',
    example: { max_molecular_weight: 250, scaffold: 'c1ccccc1', allowed_elements: ['C', 'O'] },
  });

/** Names both bounds where the lower is above the upper: seen here, a job fails before it is queued. */
function refuseCrossed<K extends string>(
  values: { readonly [P in K]?: unknown },
  [low, high]: readonly [K, K],
  context: z.RefinementCtx,
): void {
  const [min, max] = [values[low], values[high]];
  if (typeof min !== 'number' || typeof max !== 'number' || min <= max) return;
  const message = `${low} (${min}) is above ${high} (${max}): no molecule can meet both`;
  for (const field of [low, high]) context.addIssue({ code: 'custom', path: [field], message });
}

/** Constraints as inference takes them; what was not asked for is absent. */
export function toConstraints(constraints: z.infer<typeof constraintsSchema>): Constraints {
  const { similar_to: similarTo } = constraints;
  return {
    ...defined('minMolecularWeight', constraints.min_molecular_weight),
    ...defined('maxMolecularWeight', constraints.max_molecular_weight),
    ...defined('minLogP', constraints.min_log_p),
    ...defined('maxLogP', constraints.max_log_p),
    ...defined('minRings', constraints.min_rings),
    ...defined('maxRings', constraints.max_rings),
    ...defined('allowedElements', constraints.allowed_elements),
    ...defined('scaffold', constraints.scaffold),
    ...(similarTo
      ? {
          similarTo: {
            smiles: similarTo.smiles,
            ...defined('min', similarTo.min),
            ...defined('max', similarTo.max),
          },
        }
      : {}),
    ...defined('maxSyntheticAccessibility', constraints.max_synthetic_accessibility),
    ...defined('minMatch', constraints.min_match),
    ...defined('novelOnly', constraints.novel_only),
    ...defined('excludeAllergens', constraints.exclude_allergens),
  };
}

function defined<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [P in K]: V });
}
