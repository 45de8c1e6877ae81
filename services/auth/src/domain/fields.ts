import { invalidField } from '@sillage/kit';
import { z } from 'zod';
import { type Tier, tierFromWire } from './tier.ts';

const maxCharacters = 100;
const timestamp = z.iso.datetime({ offset: true });

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** A tenant's name without the white space around it: 1-100 characters. Throws invalid_input. */
export function readTenantName(value: string): string {
  const name = value.trim();
  const length = [...name].length;
  if (length === 0) throw invalidField('/name', 'name must not be empty');
  assertPlain('name', name, length);
  return name;
}

/** A key's label without the white space around it: 0-100 characters. Throws invalid_input. */
export function readLabel(value: string): string {
  const label = value.trim();
  assertPlain('label', label, [...label].length);
  return label;
}

/** Throws invalid_input for anything but the four tiers. */
export function readTier(wire: string | number): Tier {
  const tier = tierFromWire(wire);
  if (!tier) throw invalidField('/tier', 'tier must be one of free, basic, pro, enterprise');
  return tier;
}

/** When a key ends: RFC 3339, later than `now`; undefined for empty text (never). Throws invalid_input. */
export function readExpiry(value: string, now: Date): Date | undefined {
  if (value === '') return undefined;
  if (!timestamp.safeParse(value).success) {
    throw invalidField(
      '/expires_at',
      'expires_at must be an RFC 3339 time such as 2030-01-31T12:00:00Z, or empty for a key that does not expire',
    );
  }
  const at = new Date(value);
  if (at <= now) throw invalidField('/expires_at', 'expires_at must lie in the future');
  return at;
}

function assertPlain(field: string, text: string, length: number): void {
  if (length > maxCharacters) {
    throw invalidField(
      `/${field}`,
      `${field} must have at most ${maxCharacters} characters; this has ${length}`,
    );
  }
  if (/\p{Cc}/u.test(text)) throw invalidField(`/${field}`, `${field} must not hold control characters`);
}
