import type { KeyKind } from './verdict.ts';

/** Where a key is good; part of its text, so that a test key is seen to be one. */
export const keyEnvironments = {
  development: 'dev',
  test: 'test',
  staging: 'stg',
  production: 'live',
} as const;
export type Environment = keyof typeof keyEnvironments;

/** What keys are hashed for: HMAC-SHA256 of the whole text, so that a stolen table alone does not tell a right guess. */
export const keyPurpose = 'sillage/auth/api-key/v1';

/** How the text begins: a key of the API, or the secret of an OAuth client. */
const starts = { key: 'sk', client: 'cs' } as const satisfies Record<KeyKind, string>;

export interface KeyText {
  /** `sk_<env>_<id>_<secret>`, or `cs_…` of a client: what the holder keeps; shown once. */
  readonly text: string;
  /** Public; names the key in lists, logs and revocations. */
  readonly id: string;
  /** What the holder recognises it by: the text up to six characters of the id. */
  readonly prefix: string;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^11 > 2^64 and 62^43 > 2^256: the fixed lengths hold every value. */
const idBytes = 8;
const idLength = 11;
const secretBytes = 32;
const secretLength = 43;
const pattern = new RegExp(
  `^(sk|cs)_(${Object.values(keyEnvironments).join('|')})_([0-9A-Za-z]{${idLength}})_[0-9A-Za-z]{${secretLength}}$`,
);

/** Makes a key from `random` bytes, which must come from a cryptographic source: 64 bits of id, 256 of secret. */
export function makeKeyText(
  kind: KeyKind,
  environment: Environment,
  random: (bytes: number) => Uint8Array,
): KeyText {
  const id = base62(random(idBytes), idLength);
  const secret = base62(random(secretBytes), secretLength);
  const text = `${starts[kind]}_${keyEnvironments[environment]}_${id}_${secret}`;
  return { text, id, prefix: prefixOf(text) };
}

/** A key that was made elsewhere; undefined when the text is not one of this kind and environment. */
export function readKeyText(kind: KeyKind, text: string, environment: Environment): KeyText | undefined {
  const id = keyIdOf(kind, text, environment);
  return id === undefined ? undefined : { text, id, prefix: prefixOf(text) };
}

function prefixOf(text: string): string {
  return text.slice(0, text.indexOf('_', text.indexOf('_') + 1) + 1 + 6);
}

/** The public id in a key's text; undefined when it is not one of this kind and environment. */
export function keyIdOf(kind: KeyKind, text: string, environment: Environment): string | undefined {
  const match = pattern.exec(text);
  return match?.[1] === starts[kind] && match[2] === keyEnvironments[environment] ? match[3] : undefined;
}

function base62(bytes: Uint8Array, length: number): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let digit = 0; digit < length; digit += 1) {
    text = alphabet.charAt(Number(value % 62n)) + text;
    value /= 62n;
  }
  return text;
}
