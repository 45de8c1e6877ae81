import { expect, test } from '@jest/globals';
import {
  type Constraints,
  constraintFaults,
  isDemanding,
  limitsStructure,
  scaffoldFaults,
  structureRejection,
} from './constraints.ts';

const properties = { molecularWeight: 152.15, logP: 1.2, tpsa: 46.5, syntheticAccessibility: 1.3, rings: 1 };

function reject(constraints: Constraints, change: Partial<Parameters<typeof structureRejection>[1]> = {}) {
  return structureRejection(constraints, {
    properties,
    elements: [6, 6, 8],
    hasScaffold: () => true,
    similarity: () => 0.5,
    safety: () => ({ flags: [] }),
    ...change,
  });
}

test('bounds are inclusive', () => {
  expect(reject({})).toBeUndefined();
  expect(
    reject({ minMolecularWeight: 152.15, maxMolecularWeight: 152.15, minRings: 1, maxRings: 1 }),
  ).toBeUndefined();
  expect(reject({ minLogP: 1.2, maxLogP: 1.2, maxSyntheticAccessibility: 1.3 })).toBeUndefined();
  expect(reject({ similarTo: { smiles: 'C', min: 0.5, max: 0.5 } })).toBeUndefined();
});

test.each<[Constraints, string]>([
  [{ minMolecularWeight: 153 }, 'min_molecular_weight'],
  [{ maxMolecularWeight: 152 }, 'max_molecular_weight'],
  [{ minRings: 2 }, 'min_rings'],
  [{ maxRings: 0 }, 'max_rings'],
  [{ minLogP: 1.3 }, 'min_log_p'],
  [{ maxLogP: 1.1 }, 'max_log_p'],
  [{ maxSyntheticAccessibility: 1.2 }, 'max_synthetic_accessibility'],
  [{ allowedElements: ['C', 'H'] }, 'allowed_elements'],
  [{ similarTo: { smiles: 'C', min: 0.6 } }, 'similar_to'],
  [{ similarTo: { smiles: 'C', max: 0.4 } }, 'similar_to'],
  // Only the first counts, and the cheap ones are asked first.
  [{ maxRings: 0, allowedElements: ['C'], minLogP: 5 }, 'allowed_elements'],
])('%j turns it away', (constraints, reason) => {
  expect(reject(constraints)).toBe(reason);
});

test('a scaffold is asked for only where there is one', () => {
  expect(reject({ scaffold: 'C' }, { hasScaffold: () => false })).toBe('scaffold');
  expect(reject({ scaffold: '' }, { hasScaffold: () => false })).toBeUndefined();
});

test('what a rule blocks is turned away whatever was asked for, what others flag is not', () => {
  const flagged = (...severities: ('block' | 'warn' | 'info')[]) => ({
    safety: () => ({
      flags: severities.map((severity) => ({ rule: severity, severity, title: '', source: '' })),
    }),
  });
  expect(reject({}, flagged('warn', 'info'))).toBeUndefined();
  expect(reject({}, flagged('block'))).toBe('safety');
  expect(reject({ allowedElements: ['C', 'O'] }, flagged('warn', 'block'))).toBe('safety');
});

test('hydrogen is always allowed, and an empty list allows all', () => {
  expect(reject({ allowedElements: ['C', 'O'] })).toBeUndefined();
  expect(reject({ allowedElements: [] }, { elements: [6, 92] })).toBeUndefined();
});

test('bounds that cross are named, both of them', () => {
  expect(constraintFaults({ minMolecularWeight: 200, maxMolecularWeight: 100 })).toEqual([
    {
      pointer: '/constraints/min_molecular_weight',
      detail: expect.stringContaining('no molecule can meet both'),
    },
    { pointer: '/constraints/max_molecular_weight', detail: expect.stringContaining('200') },
  ]);
  expect(constraintFaults({ minRings: 1, maxRings: 1, minLogP: -1, maxLogP: -1, minMatch: 0 })).toEqual([]);
});

test('a scaffold that contradicts is named with what it contradicts', () => {
  const scaffold = {
    kind: 'core',
    query: 'c1ccsc1',
    leastWeight: 80.1,
    elements: ['C', 'S'],
    rings: 1,
  } as const;
  const pointers = (constraints: Constraints) =>
    scaffoldFaults(constraints, scaffold).map(({ pointer }) => pointer);
  expect(pointers({ maxMolecularWeight: 200, maxRings: 1, allowedElements: ['C', 'S'] })).toEqual([]);
  expect(pointers({ maxMolecularWeight: 80 })).toEqual([
    '/constraints/scaffold',
    '/constraints/max_molecular_weight',
  ]);
  expect(pointers({ maxRings: 0 })).toEqual(['/constraints/scaffold', '/constraints/max_rings']);
  expect(pointers({ allowedElements: ['C', 'O'] })).toEqual([
    '/constraints/scaffold',
    '/constraints/allowed_elements',
  ]);
});

test('what asks for more than the SMILES', () => {
  const plain: Constraints[] = [{}, { novelOnly: true, minMatch: 0.5 }, { excludeAllergens: true }];
  expect(plain.map(limitsStructure)).toEqual([false, false, false]);
  const limits: Constraints[] = [
    { maxRings: 1, novelOnly: true },
    { scaffold: 'C' },
    { allowedElements: ['C'] },
  ];
  expect(limits.map(limitsStructure)).toEqual([true, true, true]);
});

test('what makes a request demanding', () => {
  const plain: Constraints[] = [
    {},
    { excludeAllergens: true },
    { novelOnly: false, allowedElements: [], scaffold: '' },
  ];
  expect(plain.map(isDemanding)).toEqual([false, false, false]);
  expect([{ novelOnly: true }, { minRings: 0 }, { scaffold: 'C' }].map(isDemanding)).toEqual([
    true,
    true,
    true,
  ]);
});
