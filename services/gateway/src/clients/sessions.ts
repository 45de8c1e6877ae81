import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { AppError, type Keyring } from '@sillage/kit';
import { z } from 'zod';
import type { LimiterStore } from './limiter-store.ts';

/** A working day and a bit: then the key is asked for again. */
export const sessionLifeMs = 12 * 3_600_000;
const place = 'gateway.session';

const contentSchema = z.object({
  id: z.string(),
  credential: z.string(),
  /** What the CSRF token is made with; never leaves the seal. */
  secret: z.string(),
  endsAtMs: z.number(),
});

/** A browser that signed in. */
export interface Session {
  readonly id: string;
  /** The key it was begun with, and holds as long and as far as. */
  readonly credential: string;
  /** What a request that changes something must bring as X-CSRF-Token. */
  readonly csrfToken: string;
  readonly endsAtMs: number;
}

export interface SessionsOptions {
  readonly keyring: Keyring;
  /** Shared by all gateways: who signed out at one is signed out at all. */
  readonly limiter: LimiterStore;
  readonly now?: () => number;
}

/**
 * Sessions of browsers: a key, sealed in a cookie that no script can read. Nothing is stored for a session, so any
 * gateway opens it; what is remembered is that one was ended before its time.
 */
export class Sessions {
  readonly #options: SessionsOptions;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Begins a session of this key. Returns it and the text of its cookie. */
  begin(credential: string): { session: Session; cookie: string } {
    const content = {
      id: randomUUID(),
      credential,
      secret: randomBytes(32).toString('base64url'),
      endsAtMs: this.#now() + sessionLifeMs,
    };
    return {
      session: sessionOf(content),
      cookie: this.#options.keyring.seal(JSON.stringify(content), place),
    };
  }

  /** The session of a cookie. Throws session_ended for one that is over, was ended, or was not made here. */
  async open(cookie: string): Promise<Session> {
    const content = this.#unseal(cookie);
    if (this.#now() >= content.endsAtMs) throw sessionEnded('it lasted its 12 hours');
    if (!(await this.#take(content.id, false))) throw sessionEnded('it was signed out');
    return sessionOf(content);
  }

  /** Ends a session at every gateway. */
  async end({ id }: Pick<Session, 'id'>): Promise<void> {
    await this.#take(id, true);
  }

  async #take(id: string, isCounted: boolean): Promise<boolean> {
    // Twice as long as any session lives, since the count fades over its window.
    const windowMs = 2 * sessionLifeMs;
    const asked = { identity: `session-end:${id}`, limit: 1, windowMs, isCounted };
    return (await this.#options.limiter.take(asked)).isAllowed;
  }

  #unseal(cookie: string): z.infer<typeof contentSchema> {
    try {
      return contentSchema.parse(JSON.parse(this.#options.keyring.open(cookie, place).toString('utf8')));
    } catch {
      throw sessionEnded('it was not begun here');
    }
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

/** The session no longer holds, and why. */
export function sessionEnded(why: string): AppError {
  return new AppError('session_ended', `this session has ended: ${why}; sign in again`);
}

function sessionOf({ id, credential, secret, endsAtMs }: z.infer<typeof contentSchema>): Session {
  const csrfToken = createHmac('sha256', secret).update(id).digest('base64url');
  return { id, credential, csrfToken, endsAtMs };
}
