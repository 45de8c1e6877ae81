import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const checksumBytes = 4;

/**
 * Under what a row of a model is kept outside this process. Stores and backups then hold no molecule that can be read;
 * who has one can only see whether it was asked about.
 */
export function sealedKey(model: string, molecule: string): string {
  return hash('sha256', `${model} ${molecule}`, 'base64url').slice(0, 22);
}

/** The value with a checksum over it and its key: neither half a value nor another's comes back as this one. */
export function seal(key: string, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(checksumBytes + value.length);
  sealed.set(value, checksumBytes);
  new DataView(sealed.buffer).setUint32(0, checksum(key, value), true);
  return sealed;
}

/** What was sealed; undefined where the checksum does not hold. */
export function unseal(key: string, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < checksumBytes) return undefined;
  const value = sealed.subarray(checksumBytes);
  const expected = new DataView(sealed.buffer, sealed.byteOffset).getUint32(0, true);
  return expected === checksum(key, value) ? value : undefined;
}

function checksum(key: string, value: Uint8Array): number {
  return crc32(value, crc32(key));
}
