import { expect, test } from '@jest/globals';
import { morganFingerprint } from '@sillage/chem';
import { type Candidate, presenceOf, Selection, type SelectionRequest } from './select.ts';

const labels = ['floral', 'smoky', 'sweet', 'vanilla', 'warm'];
const baseRates = [0.2, 0.02, 0.3, 0.03, 0.03];

/** Molecules of one family are alike, others share nothing. */
function candidate(
  canonical: string,
  notes: Record<string, number>,
  { row = 0, family = 0 } = {},
): Candidate {
  const probabilities = Float32Array.from(labels, (label) => notes[label] ?? 0.01);
  return { canonical, row, probabilities, fingerprint: morganFingerprint([family]) };
}

function choose(candidates: Candidate[], change: Partial<SelectionRequest> & { count?: number } = {}) {
  const { count = 10, ...request } = change;
  const selection = new Selection({
    labels,
    baseRates,
    weights: new Map([['vanilla', 1]]),
    minMatch: 0,
    ...request,
  });
  for (const one of candidates) selection.add(one);
  const chosen = selection.best(count);
  return {
    names: chosen.map((molecule) => molecule.canonical),
    matches: chosen.map((one) => one.match),
    rejected: selection.rejected,
    size: selection.size,
  };
}

test('presence is 0 at the base rate, 1 at certainty, and grows in between', () => {
  expect(presenceOf(0.03, 0.03)).toBe(0);
  expect(presenceOf(0.001, 0.03)).toBe(0);
  expect(presenceOf(1, 0.03)).toBe(1);
  expect(presenceOf(Math.sqrt(0.03), 0.03)).toBeCloseTo(0.5, 10);
  expect(presenceOf(0.4, 0)).toBe(0.4);
});

test('the best come first, at most as many as asked', () => {
  const candidates = [
    candidate('A', { vanilla: 0.2 }),
    candidate('B', { vanilla: 0.9 }),
    candidate('C', { vanilla: 0.5 }),
  ];
  expect(choose(candidates).names).toEqual(['B', 'C', 'A']);
  expect(choose(candidates, { count: 2 }).names).toEqual(['B', 'C']);
});

test('ties go by SMILES, whatever the order of arrival', () => {
  const candidates = ['N', 'C', 'O'].map((name) => candidate(name, { vanilla: 0.5 }));
  expect(choose(candidates).names).toEqual(['C', 'N', 'O']);
  expect(choose(candidates.toReversed()).names).toEqual(['C', 'N', 'O']);
});

test('a match is the weighted mean of the wanted notes', () => {
  const both = candidate('A', { vanilla: 1, smoky: 0.02 });
  const weights = new Map([
    ['vanilla', 1],
    ['smoky', 0.25],
  ]);
  expect(choose([both], { weights }).matches[0]).toBeCloseTo(0.8, 5);
});

test('an excluded note lowers the match and, among the first three, disqualifies', () => {
  const weights = new Map([
    ['vanilla', 1],
    ['floral', -1],
  ]);
  const clean = candidate('A', { vanilla: 0.9, sweet: 0.5, warm: 0.4 });
  const trace = candidate('B', { vanilla: 0.9, sweet: 0.5, warm: 0.4, floral: 0.35 });
  const floral = candidate('C', { vanilla: 0.9, sweet: 0.5, floral: 0.45, warm: 0.4 });
  const { names, matches, rejected } = choose([floral, trace, clean], { weights });
  expect(names).toEqual(['A', 'B']);
  expect(matches[0]).toBeGreaterThan((matches[1] ?? 1) + 0.1);
  expect(rejected.excluded_note).toBe(1);
});

test('with nothing wanted, freedom from the excluded is the match', () => {
  const weights = new Map([['sweet', -1]]);
  const { names, matches } = choose([candidate('A', { vanilla: 0.9, floral: 0.8, smoky: 0.7 })], { weights });
  expect([names, matches]).toEqual([['A'], [1]]);
});

test('a least match is honoured and counted', () => {
  const candidates = [candidate('good', { vanilla: 0.9 }), candidate('weak', { vanilla: 0.05 })];
  const { names, rejected, size } = choose(candidates, { minMatch: 0.3 });
  expect([names, size]).toEqual([['good'], 1]);
  expect(rejected).toEqual({ excluded_note: 0, min_match: 1 });
});

test('where nothing was asked for, the order of drawing stays', () => {
  const candidates = ['N', 'C', 'O'].map((name, row) => candidate(name, { vanilla: 0.5 }, { row }));
  expect(choose(candidates.toReversed(), { weights: new Map() }).names).toEqual(['N', 'C', 'O']);
});

test('a near copy gives way to an unlike molecule that matches nearly as well, not to a poor one', () => {
  const candidates = [
    candidate('best', { vanilla: 0.95 }, { family: 1 }),
    candidate('copy', { vanilla: 0.94 }, { family: 1 }),
    candidate('unlike', { vanilla: 0.8 }, { family: 2 }),
    candidate('poor', { vanilla: 0.3 }, { family: 3 }),
  ];
  expect(choose(candidates, { count: 2 }).names).toEqual(['best', 'unlike']);
  expect(choose(candidates, { count: 3 }).names).toEqual(['best', 'copy', 'unlike']);
  expect(choose(candidates).names).toEqual(['best', 'copy', 'unlike', 'poor']);
});
