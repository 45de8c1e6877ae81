import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { reasonOf } from './errors.ts';
import type { Log } from './log.ts';

export interface ListenOptions {
  readonly url: string;
  readonly channel: string;
  readonly log: Log;
  onMessage: (payload: string) => void;
  /** The channel was cut or stands again: whatever may have been missed is to be treated as stale. */
  onGap: () => void;
}

/** A connection may hang without an end, so it is asked this often for a word… */
const beatMs = 2000;
/** …and given up when none comes in this time, which a busy machine needs. */
const beatTimeoutMs = 2500;

/**
 * Hears Postgres NOTIFY on one channel over a connection of its own; reconnects by itself within a second. One that
 * hangs is found within five.
 */
export class NotificationListener {
  readonly #options: ListenOptions;
  readonly #stop = new AbortController();
  #client: pg.Client | undefined;
  /** Whether notifications arrive at the moment. */
  #connected = false;
  readonly #done: Promise<void>;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Whether notifications arrive, as far as is known. */
  get isConnected(): boolean {
    return this.#connected;
  }

  /** Stops listening; resolves when the connection is closed. */
  async close(): Promise<void> {
    this.#stop.abort();
    if (this.#client) await end(this.#client);
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#listenOnce();
      } catch (error) {
        this.#options.log.debug({ channel: this.#options.channel, reason: reasonOf(error) }, 'not listening');
      }
      if (this.#connected) {
        this.#connected = false;
        this.#options.onGap();
      }
      await delay(500, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  /** Resolves when the connection gives no word any more, or we stop. */
  async #untilSilent(client: pg.Client): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await delay(beatMs, undefined, { signal }).catch(() => {});
      try {
        if (!signal.aborted) await client.query('select 1');
      } catch {
        return;
      }
    }
  }

  /** Resolves when the connection ends or hangs. */
  async #listenOnce(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      connectionTimeoutMillis: 2000,
      query_timeout: beatTimeoutMs,
      keepAlive: true,
      application_name: `listen ${this.#options.channel}`,
    });
    this.#client = client;
    const ended = new Promise<void>((resolve) => {
      client.on('end', () => resolve());
      client.on('error', () => resolve());
    });
    client.on('notification', (message) => this.#options.onMessage(message.payload ?? ''));
    await client.connect();
    await client.query(`listen ${pg.escapeIdentifier(this.#options.channel)}`);
    this.#connected = true;
    this.#options.onGap();
    await Promise.race([ended, this.#untilSilent(client)]);
    await end(client);
  }
}

/** Ends a connection; of one that hangs the end is not awaited for long, since nobody may be there to answer. */
async function end(client: pg.Client): Promise<void> {
  const waited = new AbortController();
  await Promise.race([
    client.end().catch(() => {}),
    delay(beatTimeoutMs, undefined, { signal: waited.signal, ref: false }).catch(() => {}),
  ]);
  waited.abort();
}
