import { randomUUID } from 'node:crypto';
import { AppError, type Keyring } from '@sillage/kit';
import { z } from 'zod';
import type { LimiterStore } from '../clients/limiter-store.ts';

const lifeMs = 30_000;
/** Redeemed tickets are remembered for longer than any lives. */
const rememberedMs = 2 * lifeMs;

const contentSchema = z.object({ id: z.string(), credential: z.string().optional(), endsAtMs: z.number() });

export interface StreamTicketsOptions {
  readonly keyring: Keyring;
  /** Shared by all gateways, and so what a ticket is redeemed in once. */
  readonly limiter: LimiterStore;
  readonly now?: () => number;
}

/**
 * Tickets for one connection to one device: the caller's credential, sealed, so that any gateway opens it and the
 * stream holds exactly as long and as far as the credential does, and so that whoever reads a ticket learns nothing.
 */
export class StreamTickets {
  readonly #options: StreamTicketsOptions;

  constructor(options: StreamTicketsOptions) {
    this.#options = options;
  }

  issue(credential: string | undefined, deviceId: string): { ticket: string; endsAtMs: number } {
    const content = { id: randomUUID(), credential, endsAtMs: this.#now() + lifeMs };
    const ticket = this.#options.keyring.seal(JSON.stringify(content), place(deviceId));
    return { ticket, endsAtMs: content.endsAtMs };
  }

  /** The credential it was made with. Throws unauthenticated for a ticket that holds no more, or not here. */
  async redeem(ticket: string, deviceId: string): Promise<string | undefined> {
    const { id, credential, endsAtMs } = this.#open(ticket, deviceId);
    if (this.#now() >= endsAtMs) throw notGood('it has ended; make another');
    const take = { identity: `ticket:${id}`, limit: 1, windowMs: rememberedMs, isCounted: true };
    if (!(await this.#options.limiter.take(take)).isAllowed)
      throw notGood('it was used before; make another');
    return credential;
  }

  #open(ticket: string, deviceId: string): z.infer<typeof contentSchema> {
    try {
      return contentSchema.parse(
        JSON.parse(this.#options.keyring.open(ticket, place(deviceId)).toString('utf8')),
      );
    } catch {
      throw notGood('it was not made here, or for another device');
    }
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

function place(deviceId: string): string {
  return `gateway.stream-ticket:${deviceId}`;
}

function notGood(why: string): AppError {
  return new AppError('unauthenticated', `this ticket is not good: ${why}`);
}
