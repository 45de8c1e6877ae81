import type { TierName } from '@sillage/contracts';
import { AppError, type Metrics } from '@sillage/kit';

/** A stream as far as the hub knows it. */
export interface OpenStream {
  /** Closes it in order, with what is in hand settled; resolves when it is gone. */
  end: (code: 1001 | 4409, reason: string) => Promise<void>;
}

/** Streams of one tenant at one gateway at the same time. */
export const streamsOfTier: Readonly<Record<TierName, number>> = {
  free: 2,
  basic: 10,
  pro: 100,
  enterprise: 1000,
};
/** Of all tenants: each costs a connection and up to a few megabytes. */
const maxStreams = 2000;

/** The streams that are open at this gateway. */
export class StreamHub {
  readonly #tenants = new Map<string, Map<string, OpenStream>>();
  readonly #metrics: Metrics;

  constructor(options: { readonly metrics: Metrics }) {
    this.#metrics = options.metrics;
    this.#metrics.gauge('olfactory_sensor_streams', (gauge) => gauge.set(this.#open().length));
    this.#metrics.counter('olfactory_sensor_stream_closes_total').inc({ code: 1000 }, 0);
  }

  /** Throws rate_limited for one stream too many of the tenant, overloaded of the gateway. */
  assertRoom(tenantId: string, tier: TierName, name: string): void {
    const own = this.#tenants.get(tenantId);
    if (own?.has(name)) return;
    const limit = streamsOfTier[tier];
    if (own && own.size >= limit) {
      throw new AppError('rate_limited', `a tenant of the tier ${tier} may have ${limit} streams open`, {
        retryAfterS: 30,
      });
    }
    if (this.#open().length >= maxStreams) {
      throw new AppError('overloaded', 'this gateway has as many streams as it may', { retryAfterS: 5 });
    }
  }

  /** `name` is the device and the session: a newer connection takes the older one's place. */
  add(tenantId: string, name: string, stream: OpenStream): void {
    const own = this.#tenants.get(tenantId) ?? new Map<string, OpenStream>();
    this.#tenants.set(tenantId, own);
    void own.get(name)?.end(4409, 'another connection took this session over');
    own.set(name, stream);
  }

  remove(tenantId: string, name: string, stream: OpenStream, code: string): void {
    this.#metrics.counter('olfactory_sensor_stream_closes_total').inc({ code });
    const own = this.#tenants.get(tenantId);
    if (own?.get(name) !== stream) return;
    own.delete(name);
    if (own.size === 0) this.#tenants.delete(tenantId);
  }

  /** Closes every stream with what is in hand settled. */
  async drain(): Promise<void> {
    const reason = 'this gateway stops; connect again and go on';
    await Promise.all(this.#open().map((stream) => stream.end(1001, reason)));
  }

  #open(): OpenStream[] {
    return [...this.#tenants.values()].flatMap((own) => [...own.values()]);
  }
}
