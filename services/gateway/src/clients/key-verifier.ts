import { hash } from 'node:crypto';
import { beyond, tierFromMessage, type VerifyKeyResponse__Output } from '@sillage/contracts';
import { toAppError } from '@sillage/kit';
import { LRUCache } from 'lru-cache';
import { addressList } from '../domain/address-list.ts';
import type { Caller } from '../http/exchange.ts';
import { isToken, type TokenClaims, type TokenVerifier } from './token-verifier.ts';

/** A verdict is asked for again after this, whatever else fails… */
const freshMs = 5000;
/** …and after this while revocations cannot be heard. */
const unheardFreshMs = 1000;
/** A key that held is served this long after auth last said so, while auth cannot be asked: the hard ceiling. */
const graceMs = 30_000;
/** While auth cannot be asked it is tried this often, for no longer than this. */
const retryMs = 1000;
const maxVerdicts = 20_000;
/** How long a key that held is remembered as one that did; it opens nothing by itself. */
const heldMs = 3_600_000;

/** More than a timer takes, and than any answer lasts. */
const longestTimerMs = 2 ** 31 - 1;

/** Why a key does not hold. */
export type Refusal = 'unknown' | 'revoked' | 'expired' | 'suspended';
export type KeyVerdict =
  | { readonly kind: 'valid'; readonly caller: Caller & { readonly keyId: string } }
  | { readonly kind: Refusal }
  | { readonly kind: 'bad_token'; readonly detail: string };

/** What auth says of a key, or of the client whose token it is. */
type Standing = VerifyKeyResponse__Output;
interface AskOptions {
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

export interface KeyVerifierOptions {
  askKey: (key: string, options: AskOptions) => Promise<Standing>;
  askClient: (clientId: string, options: AskOptions) => Promise<Standing>;
  readonly tokens: TokenVerifier;
  /** Whether revocations arrive at the moment. */
  isListening: () => boolean;
  readonly now?: () => number;
}

interface Entry {
  readonly verdict: KeyVerdict;
  /** When auth was asked for it. */
  readonly askedMs: number;
  readonly endsAtMs: number;
  readonly freshUntilMs: number;
  /** How often everything was doubted before; another count means that it was since. */
  readonly doubts: number;
}

interface KnownToken {
  readonly claims: TokenClaims;
  /** The client's verdict that `verdict` was made from. */
  from?: KeyVerdict;
  verdict?: KeyVerdict;
}

/**
 * Verdicts about API keys and tokens, under the hash of the credential. Signatures of tokens are verified here; how
 * their client stands is asked like a key, so that a revocation or a downgrade reaches both alike: told by Postgres
 * NOTIFY at once, found within a second while that is cut, within five seconds if it is cut unnoticed. Callers with
 * the same new key ask auth once; an answer that a revocation overtook is not kept.
 */
export class KeyVerifier {
  readonly #options: KeyVerifierOptions;
  readonly #entries = new LRUCache<string, Entry>({ max: maxVerdicts });
  readonly #tokens = new LRUCache<string, KnownToken>({ max: maxVerdicts });
  readonly #held = new LRUCache<string, Pick<Caller, 'tenantId' | 'tier'>>({ max: maxVerdicts, ttl: heldMs });
  readonly #asking = new Map<string, Promise<KeyVerdict>>();
  readonly #doubted = new Map<string, Set<() => void>>();
  #revocations = 0;
  #doubts = 0;

  constructor(options: KeyVerifierOptions) {
    this.#options = options;
  }

  /** The cached verdict, at once. */
  peek(credential: string): KeyVerdict | undefined {
    const id = hashOf(credential);
    const token = isToken(credential) ? this.#tokens.get(id) : undefined;
    if (!token) return this.#fresh(id);
    if (token.claims.expiresAtMs <= this.#now()) return undefined;
    const standing = this.#fresh(clientEntry(token.claims.clientId));
    return standing && narrowed(token, standing);
  }

  /** Whether the key held within the last hour: no guess, then, though it must be verified like any other. */
  hasHeld(credential: string): boolean {
    return this.#held.has(hashOf(credential));
  }

  /** Whose the credential was when it last held, within the hour: says who goes first under load, and opens nothing. */
  hint(credential: string): Pick<Caller, 'tenantId' | 'tier'> | undefined {
    return this.#held.get(hashOf(credential));
  }

  /** Rejects as `unavailable` when auth is away and nothing recent enough is known: authentication fails closed. */
  async verify(credential: string): Promise<KeyVerdict> {
    const id = hashOf(credential);
    const verdict = isToken(credential)
      ? await this.#verifyToken(credential, id)
      : await this.#obtain(id, (options) => this.#options.askKey(credential, options), 'key');
    if (verdict.kind === 'valid') this.#held.set(id, verdict.caller);
    return verdict;
  }

  /** What is known of the key, or client, with this id no longer stands. */
  forget(keyId: string): void {
    this.#forgetWhere((caller) => caller.keyId === keyId);
    for (const listener of this.#doubted.get(keyId) ?? []) listener();
  }

  /** What is known of this tenant's keys no longer stands. */
  forgetTenant(tenantId: string): void {
    const forgotten = this.#forgetWhere((caller) => caller.tenantId === tenantId);
    for (const keyId of forgotten) for (const listener of this.#doubted.get(keyId) ?? []) listener();
  }

  /** Revocations may have been missed: everything is asked for again before it serves. */
  doubtAll(): void {
    this.#revocations += 1;
    this.#doubts += 1;
    this.#asking.clear();
    this.doubtTokens();
    for (const listeners of this.#doubted.values()) for (const listener of listeners) listener();
  }

  /** The keys that sign tokens changed. */
  doubtTokens(): void {
    this.#options.tokens.doubtKeys();
    this.#tokens.clear();
  }

  /**
   * For answers that outlast a verdict: calls `listener` when the caller's credential no longer holds or may not, and
   * when it ends, until the returned function is called.
   */
  onDoubt({ keyId, endsAtMs }: Pick<Caller, 'keyId' | 'endsAtMs'>, listener: () => void): () => void {
    if (keyId === undefined) return () => {};
    const listeners = this.#doubted.get(keyId) ?? new Set();
    this.#doubted.set(keyId, listeners.add(listener));
    const leftMs = (endsAtMs ?? Number.POSITIVE_INFINITY) - this.#now();
    const timer = leftMs < longestTimerMs ? setTimeout(listener, leftMs).unref() : undefined;
    return () => {
      clearTimeout(timer);
      listeners.delete(listener);
      if (listeners.size === 0 && this.#doubted.get(keyId) === listeners) this.#doubted.delete(keyId);
    };
  }

  async #verifyToken(token: string, id: string): Promise<KeyVerdict> {
    let known = this.#tokens.get(id);
    if (!known || known.claims.expiresAtMs <= this.#now()) {
      const claims = await this.#options.tokens.verify(token);
      if (typeof claims === 'string') return { kind: 'bad_token', detail: claims };
      known = { claims };
      this.#tokens.set(id, known);
    }
    const { clientId } = known.claims;
    const ask = (options: AskOptions) => this.#options.askClient(clientId, options);
    return narrowed(known, await this.#obtain(clientEntry(clientId), ask, 'client'));
  }

  #fresh(id: string): KeyVerdict | undefined {
    // Asked for anew every few seconds, it is among the recent ones without being moved there by each request.
    const entry = this.#entries.peek(id);
    if (entry?.doubts !== this.#doubts) return undefined;
    const now = this.#now();
    return now < entry.freshUntilMs && now < entry.endsAtMs ? entry.verdict : undefined;
  }

  #obtain(
    id: string,
    ask: (options: AskOptions) => Promise<Standing>,
    credential: 'key' | 'client',
  ): Promise<KeyVerdict> {
    const known = this.#fresh(id);
    if (known) return Promise.resolve(known);
    const asking = this.#asking.get(id);
    if (asking !== undefined) return asking;
    const asked = this.#askNow(id, ask, credential).finally(() => {
      if (this.#asking.get(id) === asked) this.#asking.delete(id);
    });
    this.#asking.set(id, asked);
    return asked;
  }

  async #askNow(
    id: string,
    ask: (options: AskOptions) => Promise<Standing>,
    credential: 'key' | 'client',
  ): Promise<KeyVerdict> {
    const before = this.#revocations;
    const askedMs = this.#now();
    try {
      // Others wait for the same answer: it must not end with the request that happens to ask first.
      const { signal } = new AbortController();
      const standing = await ask(this.#graced(id) ? { timeoutMs: retryMs, signal } : { signal });
      const verdict = toVerdict(standing, credential);
      if (this.#revocations === before) {
        const isListening = this.#options.isListening();
        const freshUntilMs = askedMs + (isListening ? freshMs : unheardFreshMs);
        const endsAtMs = standing.expiresAtMs ?? Number.POSITIVE_INFINITY;
        this.#entries.set(id, { verdict, askedMs, endsAtMs, freshUntilMs, doubts: this.#doubts });
      }
      return verdict;
    } catch (error) {
      const graced = isAway(error) ? this.#graced(id) : undefined;
      if (!graced) throw error;
      // Not asked again at once: each try may cost its caller the whole timeout.
      const freshUntilMs = Math.min(this.#now() + retryMs, graced.askedMs + graceMs);
      this.#entries.set(id, { ...graced, freshUntilMs, doubts: this.#doubts });
      return graced.verdict;
    }
  }

  /** What may serve while auth cannot be asked: a key that held not long ago and was not revoked since. */
  #graced(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    const now = this.#now();
    const isGood = entry?.verdict.kind === 'valid' && now - entry.askedMs < graceMs && now < entry.endsAtMs;
    return isGood ? entry : undefined;
  }

  #forgetWhere(isMeant: (caller: Caller & { readonly keyId: string }) => boolean): Set<string> {
    this.#revocations += 1;
    // What is being asked may be answered as it was before.
    this.#asking.clear();
    const forgotten = new Set<string>();
    for (const [id, { verdict }] of this.#entries.entries()) {
      if (verdict.kind === 'valid' && !isMeant(verdict.caller)) continue;
      // A refusal may have been lifted.
      if (verdict.kind === 'valid') forgotten.add(verdict.caller.keyId);
      this.#entries.delete(id);
    }
    return forgotten;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

function hashOf(credential: string): string {
  return hash('sha256', credential, 'base64url');
}

/** No hash looks like this. */
function clientEntry(clientId: string): string {
  return `client:${clientId}`;
}

function isAway(error: unknown): boolean {
  const { code } = toAppError(error);
  return code === 'unavailable' || code === 'deadline' || code === 'overloaded';
}

/** A token is good for what it says as far as its client still is. */
function narrowed(token: KnownToken, standing: KeyVerdict): KeyVerdict {
  if (token.from === standing && token.verdict) return token.verdict;
  token.from = standing;
  token.verdict = standing;
  if (standing.kind === 'valid') {
    const { caller } = standing;
    const endsAtMs = Math.min(token.claims.expiresAtMs, caller.endsAtMs ?? Number.POSITIVE_INFINITY);
    const scopes = token.claims.scopes.filter((scope) => beyond(caller.scopes, [scope]).length === 0);
    token.verdict =
      caller.tenantId === token.claims.tenantId
        ? { kind: 'valid', caller: { ...caller, scopes: new Set(scopes), endsAtMs } }
        : { kind: 'unknown' };
  }
  return token.verdict;
}

function toVerdict(response: Standing, credential: 'key' | 'client'): KeyVerdict {
  switch (response.verdict) {
    case 'VERDICT_VALID': {
      const addresses = addressList(response.addressRanges);
      return {
        kind: 'valid',
        caller: {
          tenantId: response.tenantId,
          keyId: response.keyId,
          credential,
          tier: tierFromMessage(response.tier),
          scopes: new Set(response.scopes),
          consents: new Set(response.consents),
          ...(addresses ? { addresses } : {}),
          ...(response.expiresAtMs === undefined ? {} : { endsAtMs: response.expiresAtMs }),
          ...(response.hourlyLimit === undefined ? {} : { hourlyLimit: response.hourlyLimit }),
        },
      };
    }
    case 'VERDICT_REVOKED':
      return { kind: 'revoked' };
    case 'VERDICT_EXPIRED':
      return { kind: 'expired' };
    case 'VERDICT_SUSPENDED':
      return { kind: 'suspended' };
    case 'VERDICT_UNSPECIFIED':
    case 'VERDICT_UNKNOWN':
      return { kind: 'unknown' };
  }
}
