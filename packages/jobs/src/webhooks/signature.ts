import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret where the caller gave none: 32 random bytes. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64url')}`;
}

/** The header of a delivery: `t=SECONDS,v1=HEX`, HMAC-SHA256 under the secret of `SECONDS.BODY`, as Stripe signs. */
export function signatureOf(secret: string, body: string, timeS: number): string {
  return `t=${timeS},v1=${hmac(secret, body, timeS)}`;
}

/**
 * What a receiver does: whether the header signs this body, not longer ago than `toleranceS` seconds.
 *
 * @example
 * if (!isSignatureValid(secret, rawBody, request.headers['sillage-signature'], Date.now() / 1000)) return 400;
 */
export function isSignatureValid(
  secret: string,
  body: string,
  header: string,
  nowS: number,
  toleranceS = 300,
): boolean {
  const [, time, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (time === undefined || signature === undefined) return false;
  if (Math.abs(nowS - Number(time)) > toleranceS) return false;
  return timingSafeEqual(Buffer.from(signature, 'hex'), Buffer.from(hmac(secret, body, Number(time)), 'hex'));
}

function hmac(secret: string, body: string, timeS: number): string {
  return createHmac('sha256', secret).update(`${timeS}.${body}`).digest('hex');
}
