import { maxReadings } from '@sillage/contracts';
import { AppError, invalidField } from '@sillage/kit';

const maxNameCharacters = 100;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(value: string): boolean {
  return uuidPattern.test(value);
}

/** A device's name without the white space around it: 1-100 characters. Throws invalid_input. */
export function readDeviceName(value: string): string {
  const name = value.trim();
  const length = [...name].length;
  if (length === 0) throw invalidField('/name', 'name must not be empty');
  if (length > maxNameCharacters) {
    throw invalidField('/name', `name must have at most ${maxNameCharacters} characters; this has ${length}`);
  }
  if (/\p{Cc}/u.test(name)) throw invalidField('/name', 'name must not hold control characters');
  return name;
}

/** Throws invalid_input for what cannot be the id of a tenant. */
export function readTenantId(value: string): string {
  if (!uuidPattern.test(value)) throw invalidField('/tenant_id', 'tenant_id must be the id of a tenant');
  return value;
}

/** Whose device. Text that cannot be an id belongs to nobody: not_found. */
export interface DeviceKey {
  readonly tenantId: string;
  readonly deviceId: string;
}

export function readDeviceKey({ tenantId, deviceId }: DeviceKey): DeviceKey {
  if (!uuidPattern.test(tenantId) || !uuidPattern.test(deviceId)) throw noDevice();
  return { tenantId, deviceId };
}

/** Undefined for the first page. Throws invalid_input for what can be no device. */
export function readBefore(before: string): string | undefined {
  if (before === '') return undefined;
  if (!uuidPattern.test(before)) throw noSuchPage();
  return before;
}

export function noSuchPage(): AppError {
  return invalidField('/before', 'before must be the id of a device, as `next` of a page gives it');
}

export function noDevice(): AppError {
  return new AppError('not_found', 'the tenant has no such device');
}

/** A span of time in Unix milliseconds, both ends included; undefined: open. */
export interface Span {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

/** Throws invalid_input when the end comes before the beginning. */
export function readSpan({ fromMs, toMs }: { fromMs?: number; toMs?: number }): Span {
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw invalidField('/to', 'to must not be before from');
  }
  return { fromMs, toMs };
}

const maxSessionCharacters = 64;

/** One message of a numbered stream of readings. */
export interface StreamPosition {
  readonly session: string;
  readonly sequence: number;
}

/** Throws invalid_input for a name that no stream can have. */
export function readSession(session: string): string {
  if (!/^[\w-]+$/.test(session) || session.length > maxSessionCharacters) {
    throw invalidField(
      '/session',
      `session must be 1 to ${maxSessionCharacters} letters, digits, hyphens and underlines`,
    );
  }
  return session;
}

/** Undefined where readings come without a stream. Throws invalid_input. */
export function readStreamPosition(
  stream: { readonly session: string; readonly sequence: number } | null,
): StreamPosition | undefined {
  if (stream === null) return undefined;
  const { sequence } = stream;
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    throw invalidField('/sequence', 'sequence must be a whole number from 1');
  }
  return { session: readSession(stream.session), sequence };
}

/** Readings to return, 1-10,000. Throws invalid_input. */
export function readLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxReadings) {
    throw invalidField('/limit', `limit must be a whole number from 1 to ${maxReadings}`);
  }
  return limit;
}
