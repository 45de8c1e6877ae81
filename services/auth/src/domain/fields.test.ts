import { expect, test } from '@jest/globals';
import { readExpiry, readLabel, readTenantName, readTier } from './fields.ts';
import { tierFromWire, tiers, tierToWire } from './tier.ts';

const now = new Date('2030-01-01T00:00:00Z');

function pointerOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    const { code, errors } = error as { code: string; errors: { pointer: string }[] };
    return `${code} ${errors[0]?.pointer}`;
  }
  return undefined;
}

test('names are trimmed and counted in characters, not in code units', () => {
  expect(readTenantName('  Maison Lune ')).toBe('Maison Lune');
  expect(readTenantName('🌹'.repeat(100))).toHaveLength(200);
});

test.each([
  ['an empty name', () => readTenantName('   '), '/name'],
  ['a long name', () => readTenantName('x'.repeat(101)), '/name'],
  ['a name with a NUL', () => readTenantName('a\0b'), '/name'],
  ['a long label', () => readLabel('x'.repeat(101)), '/label'],
  ['a label with a line break', () => readLabel('a\nb'), '/label'],
  ['no tier', () => readTier('TIER_UNSPECIFIED'), '/tier'],
  ['a tier from the future', () => readTier(9), '/tier'],
  ['an expiry that is no time', () => readExpiry('tomorrow', now), '/expires_at'],
  ['a day that does not exist', () => readExpiry('2031-02-30T00:00:00Z', now), '/expires_at'],
  ['a time without a zone', () => readExpiry('2031-01-01T00:00:00', now), '/expires_at'],
  ['an expiry in the past', () => readExpiry('2029-12-31T23:59:59Z', now), '/expires_at'],
])('%s is invalid input', (_, work, pointer) => {
  expect(pointerOf(work)).toBe(`invalid_input ${pointer}`);
});

test('an expiry may be absent or in any zone', () => {
  expect(readExpiry('', now)).toBeUndefined();
  expect(readExpiry('2030-01-01T01:30:00.5+01:00', now)).toEqual(new Date('2030-01-01T00:30:00.500Z'));
  expect(readLabel('')).toBe('');
});

test('every tier has a name on the wire and its limit', () => {
  for (const tier of tiers) expect(tierFromWire(tierToWire(tier))).toBe(tier);
});
