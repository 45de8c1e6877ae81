import type { GetSigningKeysResponse__Output } from '@sillage/contracts';
import { type CryptoKey, decodeProtectedHeader, errors, importJWK, type JWTPayload, jwtVerify } from 'jose';

/** What a token says that held: who, what for, until when. */
export interface TokenClaims {
  readonly clientId: string;
  readonly tenantId: string;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
}

export interface TokenVerifierOptions {
  /** Asks auth what tokens are verified with. */
  ask: (options: { readonly signal: AbortSignal }) => Promise<GetSigningKeysResponse__Output>;
  readonly now?: () => number;
}

interface KeySet {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: ReadonlyMap<string, CryptoKey | Uint8Array>;
  readonly response: GetSigningKeysResponse__Output;
  readonly askedMs: number;
}

/** Clocks of pods differ by no more than this. */
const clockToleranceS = 5;
const refreshMs = 300_000;
/** A token with an unknown key id makes us ask again, but not more often than this. */
const unknownPauseMs = 1000;

/**
 * Verifies tokens in this process: signature (EdDSA only), issuer, audience, times. The keys are asked of auth at
 * first use, when a token names one that is not known, when auth says that they changed, and every five minutes.
 */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  #keys: Promise<KeySet> | undefined;
  /** Keys asked for before this moment are asked for again. */
  #staleBeforeMs = 0;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
  }

  /** The claims, or why the token does not hold. Rejects as `unavailable` when auth is away and no keys are known. */
  async verify(token: string): Promise<TokenClaims | string> {
    try {
      const { alg, kid } = decodeProtectedHeader(token);
      if (alg !== 'EdDSA')
        return `tokens are signed with EdDSA; this one says ${JSON.stringify(alg ?? null)}`;
      const set = await this.#keysFor(kid);
      const key = kid === undefined ? undefined : set.keys.get(kid);
      if (!key) return 'this token is signed with a key that is not known, or no longer';
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['EdDSA'],
        issuer: set.issuer,
        audience: set.audience,
        clockTolerance: clockToleranceS,
        currentDate: new Date(this.#now()),
        requiredClaims: ['exp', 'nbf', 'sub', 'tenant', 'scope'],
      });
      return claimsOf(payload) ?? 'this token lacks claims that ours have';
    } catch (error) {
      const reason = reasonFor(error);
      if (reason === undefined) throw error;
      return reason;
    }
  }

  /** The keys changed, or may have: the next token asks for them. */
  doubtKeys(): void {
    this.#staleBeforeMs = this.#now() + 1;
  }

  /** What GET /.well-known/jwks.json shows. */
  async published(): Promise<GetSigningKeysResponse__Output> {
    return (await this.#current(refreshMs)).response;
  }

  async #keysFor(kid: string | undefined): Promise<KeySet> {
    const set = await this.#current(refreshMs);
    return kid === undefined || set.keys.has(kid) ? set : this.#current(unknownPauseMs);
  }

  /** The key set, asked anew when it is older than this; the old one goes on to serve while auth is away. */
  async #current(maxAgeMs: number): Promise<KeySet> {
    const known = await this.#keys?.catch(() => undefined);
    const isFresh = known && known.askedMs >= this.#staleBeforeMs && this.#now() - known.askedMs < maxAgeMs;
    if (isFresh) return known;
    const asking = this.#askNow();
    this.#keys = asking;
    try {
      return await asking;
    } catch (error) {
      if (this.#keys === asking) this.#keys = known ? Promise.resolve(known) : undefined;
      if (known) return known;
      throw error;
    }
  }

  async #askNow(): Promise<KeySet> {
    const askedMs = this.#now();
    // Others wait for the same answer: it must not end with the request that happens to ask first.
    const response = await this.#options.ask({ signal: new AbortController().signal });
    const keys = await Promise.all(
      response.keys.map(async ({ kid, x }) => {
        const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', x });
        return [kid, key] as const;
      }),
    );
    const { issuer, audience } = response;
    return { issuer, audience, keys: new Map(keys), response, askedMs };
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

/** Whether a credential is meant to be a token: three parts of base64url, the first a JSON object. */
export function isToken(credential: string): boolean {
  return credential.startsWith('eyJ') && credential.split('.').length === 3;
}

function claimsOf({ sub, exp, ...rest }: JWTPayload): TokenClaims | undefined {
  const tenant = rest['tenant'];
  const scope = rest['scope'];
  if (sub === undefined || exp === undefined || typeof tenant !== 'string' || typeof scope !== 'string') {
    return undefined;
  }
  return {
    clientId: sub,
    tenantId: tenant,
    scopes: scope.split(' ').filter(Boolean),
    expiresAtMs: (exp + clockToleranceS) * 1000,
  };
}

/** Why a token does not hold, for its holder; undefined for what is no fault of the token. */
function reasonFor(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'this token has expired; get another from /oauth/token';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'this token does not hold yet; is the clock of its issuer right?';
    if (error.claim === 'iss') return 'this token was issued by another issuer';
    if (error.claim === 'aud') return 'this token is meant for another audience';
    return `this token’s claim ${error.claim} is missing or wrong`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'this token’s signature does not hold';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'tokens are signed with EdDSA';
  if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError) {
    return 'this is not a token that can be read';
  }
  return undefined;
}
