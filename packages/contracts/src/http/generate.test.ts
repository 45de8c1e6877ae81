import { expect, test } from '@jest/globals';
import { constraintsSchema } from './constraints.ts';
import { presentShortfall, presentStatistics, toGenerateRequest } from './generate.ts';

const finished = { sampled: 100, valid: 90, unique: 80, novel: 70, rejectedBy: {}, timing: null };

test('every constraint reaches inference under its own name', () => {
  const constraints = constraintsSchema.parse({
    min_molecular_weight: 100,
    max_molecular_weight: 300,
    min_log_p: -1,
    max_log_p: 4,
    min_rings: 0,
    max_rings: 2,
    allowed_elements: ['C', 'O'],
    scaffold: 'c1ccccc1',
    similar_to: { smiles: 'CCO', min: 0.1 },
    max_synthetic_accessibility: 4,
    min_match: 0.2,
    novel_only: true,
    exclude_allergens: false,
  });
  const request = toGenerateRequest({ description: 'rose', constraints }, { count: 3 });
  expect(request.constraints).toEqual({
    minMolecularWeight: 100,
    maxMolecularWeight: 300,
    minLogP: -1,
    maxLogP: 4,
    minRings: 0,
    maxRings: 2,
    allowedElements: ['C', 'O'],
    scaffold: 'c1ccccc1',
    similarTo: { smiles: 'CCO', min: 0.1 },
    maxSyntheticAccessibility: 4,
    minMatch: 0.2,
    novelOnly: true,
    excludeAllergens: false,
  });
  // A constraint that is added to the schema and forgotten here would be dropped without a word.
  expect(Object.keys(request.constraints ?? {})).toHaveLength(Object.keys(constraintsSchema.shape).length);
});

test('a shortfall names the rule that turned away most', () => {
  const rejectedBy = { novel_only: 3, scaffold: 70, min_match: 5 };
  expect(presentShortfall({ wanted: 5, found: 2 }, { ...finished, rejectedBy })).toEqual({
    wanted: 5,
    found: 2,
    reason:
      'of 100 samples no further molecule fits the description and the constraints; scaffold turned away most, 70 molecules',
  });
  expect(presentShortfall({ wanted: 5, found: 5 }, finished)).toBeUndefined();
  expect(presentShortfall({ wanted: 5, found: 4 }, finished)?.reason).not.toContain('most');
});

test('statistics show what was turned away, where anything was', () => {
  expect(presentStatistics(finished)).toEqual({ sampled: 100, valid: 90, unique: 80, novel: 70 });
  expect(presentStatistics({ ...finished, rejectedBy: { scaffold: 1 } }).rejected_by).toEqual({
    scaffold: 1,
  });
});
