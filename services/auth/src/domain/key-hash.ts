import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Hashes keys under a secret of the fleet: a stolen table alone does not tell whether a guess is right. */
export class KeyHasher {
  readonly #hmacKey: Buffer;

  /** `encryptionKey` is the fleet's 32-byte secret; the key used here is derived from it and used for nothing else. */
  constructor(encryptionKey: Uint8Array) {
    this.#hmacKey = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'sillage/auth/api-key/v1', 32));
  }

  /** HMAC-SHA256 of the key's whole text, 32 bytes. */
  hash(text: string): Buffer {
    return createHmac('sha256', this.#hmacKey).update(text, 'utf8').digest();
  }

  /** Whether the text has this hash, in constant time. */
  matches(text: string, hash: Uint8Array): boolean {
    const own = this.hash(text);
    return own.length === hash.length && timingSafeEqual(own, hash);
  }
}
