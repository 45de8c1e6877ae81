import { expect, test } from '@jest/globals';
import { type Candidate, chooseFairly, type Shares } from './fair-share.ts';

const chunks = (tenantId: string, count: number, weight = 1, rowCount = 256): Candidate[] =>
  Array.from({ length: count }, () => ({ tenantId, weight, rowCount }));
const none: Shares = { passes: new Map(), clock: 0 };
const countOf = (chosen: readonly Candidate[], tenantId: string) =>
  chosen.filter((candidate) => candidate.tenantId === tenantId).length;

test('equal tenants take turns, however many chunks each has', () => {
  const { chosen } = chooseFairly([...chunks('large', 1000), ...chunks('small', 5)], none, 10);
  expect(countOf(chosen, 'small')).toBe(5);
  expect(chosen.map(({ tenantId }) => tenantId).slice(0, 4)).toEqual(['large', 'small', 'large', 'small']);
});

test('a tenant that comes late is next but one, not last, and has saved nothing up', () => {
  const before = chooseFairly(chunks('large', 1000), none, 500).shares;
  const { chosen } = chooseFairly([...chunks('large', 500), ...chunks('late', 500)], before, 100);
  expect(chosen.slice(0, 3).some(({ tenantId }) => tenantId === 'late')).toBe(true);
  expect(countOf(chosen, 'late')).toBeGreaterThanOrEqual(50);
  expect(countOf(chosen, 'late')).toBeLessThanOrEqual(52);
});

test('molecules are shared in proportion to weight, and every weight gets some', () => {
  let shares = none;
  const served: Candidate[] = [];
  for (let round = 0; round < 150; round += 1) {
    const next = chooseFairly([...chunks('free', 3, 1), ...chunks('enterprise', 3, 8)], shares, 1);
    served.push(...next.chosen);
    shares = next.shares;
  }
  expect(countOf(served, 'free')).toBeGreaterThanOrEqual(16);
  expect(countOf(served, 'free')).toBeLessThanOrEqual(18);
});

test('what counts is molecules, not chunks', () => {
  const { chosen } = chooseFairly([...chunks('few', 40, 1, 10), ...chunks('full', 40, 1, 250)], none, 30);
  expect(countOf(chosen, 'full')).toBeLessThanOrEqual(3);
});

test('small chunks take less than a slot each', () => {
  const small = chunks('a', 40, 1, 10).map((chunk) => ({ ...chunk, cost: 0.125 }));
  expect(chooseFairly(small, none, 2).chosen).toHaveLength(16);
});

test('no candidates, no slots, fewer candidates than slots', () => {
  expect(chooseFairly([], none, 5).chosen).toEqual([]);
  expect(chooseFairly(chunks('a', 3), none, 0).chosen).toEqual([]);
  expect(chooseFairly(chunks('a', 3), none, 5).chosen).toHaveLength(3);
});
