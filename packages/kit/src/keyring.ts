import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { z } from 'zod';
import { Secret } from './config.ts';
import { internalError } from './errors.ts';

const digits = /^[0-9a-fA-F]{64}$/;
const right = '32 random bytes in hex (64 digits)';

/** Variables of a service that keeps secrets at rest. */
export const encryptionVariables = {
  /** What stored secrets are encrypted with and keys are hashed under; without it neither can be read again. */
  ENCRYPTION_KEY: z
    .string({ error: `is needed: ${right}` })
    .regex(digits, `must be ${right}`)
    .transform((hex) => new Secret(hex)),
  /** Earlier values by commas, newest first: what they sealed is still read. Absent: none. */
  ENCRYPTION_KEY_PREVIOUS: z
    .string()
    .regex(
      /^[0-9a-fA-F]{64}(,[0-9a-fA-F]{64}){0,9}$/,
      `must be up to ten earlier keys by commas, each ${right}`,
    )
    .transform((text) => new Secret(text))
    .optional(),
};

const version = 'v1';
const ivBytes = 12;
const tagBytes = 16;

interface RingKey {
  /** Public: names the key in what it sealed. */
  readonly id: string;
  readonly master: Buffer;
  readonly cipher: Buffer;
}

/**
 * Secrets at rest: AES-256-GCM under keys derived (HKDF-SHA256) from the fleet's ENCRYPTION_KEY. What is sealed names
 * its key, so a new ENCRYPTION_KEY seals what comes while the previous ones still open what is there.
 *
 * @example
 * const sealed = keyring.seal('whsec_…', `jobs.webhooks:${id}`);   // text for a column
 * keyring.open(sealed, `jobs.webhooks:${id}`);                      // Buffer; throws for another place or a change
 * if (!keyring.isCurrent(sealed)) …                                 // seal it anew when it is touched
 */
export class Keyring {
  readonly #keys: readonly RingKey[];
  readonly #current: RingKey;

  /** `masters` are the 32-byte secrets of the fleet, the current one first. */
  constructor(masters: readonly Uint8Array[]) {
    this.#keys = masters.map((master) => {
      if (master.length !== 32) throw new Error('an encryption key has 32 bytes');
      const id = derive(master, 'sillage/key-id/v1').subarray(0, 4).toString('hex');
      return { id, master: Buffer.from(master), cipher: derive(master, 'sillage/at-rest/v1') };
    });
    const [current] = this.#keys;
    if (!current) throw new Error('a keyring needs a key');
    this.#current = current;
  }

  static fromConfig(config: {
    readonly ENCRYPTION_KEY: Secret;
    readonly ENCRYPTION_KEY_PREVIOUS?: Secret | undefined;
  }): Keyring {
    const previous = config.ENCRYPTION_KEY_PREVIOUS?.reveal().split(',') ?? [];
    return new Keyring([config.ENCRYPTION_KEY.reveal(), ...previous].map((hex) => Buffer.from(hex, 'hex')));
  }

  /** Text that only this fleet reads, and only as what `place` says it is: the column and the row it belongs to. */
  seal(plain: string | Uint8Array, place: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#current.cipher, iv);
    cipher.setAAD(Buffer.from(place, 'utf8'));
    const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `${version}.${this.#current.id}.${sealed.toString('base64url')}`;
  }

  /** What was sealed for this place. Throws `internal` when the key is gone, or the text was changed or moved. */
  open(sealed: string, place: string): Buffer {
    const [form, id, body] = sealed.split('.');
    const key = this.#keys.find((one) => one.id === id);
    if (form !== version || body === undefined) throw internalError(`${place}: not a sealed text`);
    if (!key)
      throw internalError(`${place}: sealed with key ${id}, which is not among ENCRYPTION_KEY(_PREVIOUS)`);
    const bytes = Buffer.from(body, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.cipher, bytes.subarray(0, ivBytes));
      decipher.setAAD(Buffer.from(place, 'utf8'));
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      return Buffer.concat([
        decipher.update(bytes.subarray(ivBytes, bytes.length - tagBytes)),
        decipher.final(),
      ]);
    } catch (error) {
      throw internalError(`${place}: the sealed text was changed or belongs elsewhere`, error);
    }
  }

  /** Whether the newest key sealed this. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${version}.${this.#current.id}.`);
  }

  /** HMAC-SHA256 of a text under a key derived for `purpose` alone, 32 bytes: for hashes that are looked up again. */
  hash(text: string, purpose: string): Buffer {
    return hmac(this.#current, text, purpose);
  }

  /** Which key of the ring the hash was made with, in constant time for each; undefined: none. */
  matches(text: string, hash: Uint8Array, purpose: string): 'current' | 'previous' | undefined {
    for (const key of this.#keys) {
      const own = hmac(key, text, purpose);
      if (own.length === hash.length && timingSafeEqual(own, hash)) {
        return key === this.#current ? 'current' : 'previous';
      }
    }
    return undefined;
  }
}

function hmac(key: RingKey, text: string, purpose: string): Buffer {
  return createHmac('sha256', derive(key.master, purpose)).update(text, 'utf8').digest();
}

function derive(master: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', purpose, 32));
}
