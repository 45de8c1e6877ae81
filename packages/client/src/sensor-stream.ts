import { ConnectionError, errorOfProblem, SillageError } from './errors.ts';
import type { components, operations } from './generated/api.ts';
import { Reconnection } from './http/reconnection.ts';
import type { Transport } from './http/transport.ts';
import type { CallOptions } from './options.ts';

export type Reading = components['schemas']['Reading'];
/** What the server sends. */
export type StreamEvent = Exclude<
  operations['get_sensors_devices_id_stream']['responses'][101]['content']['application/json'],
  components['schemas']['StreamReadings']
>;
export type StreamAck = Extract<StreamEvent, { type: 'ack' }>;
export type StreamState = 'connecting' | 'open' | 'waiting' | 'closed';

/** Readings of one message. */
export const maxStreamReadings = 1000;
/** Events kept for a reader that is behind; older ones go. */
const maxKeptEvents = 1000;
const defaultPatienceMs = 300_000;
/** Closes after which the same stream is opened again: the gateway stops, the line broke, something is away. */
const passing = new Set([1001, 1005, 1006, 1011, 1012, 1013]);

export interface SensorStreamOptions extends CallOptions {
  /** Your name for the stream, 1 to 64 letters, digits, hyphens and underlines; absent: a new one. */
  readonly session?: string | undefined;
  /** Milliseconds for which a connection that broke is tried again (300,000). */
  readonly patienceMs?: number | undefined;
  readonly onState?: ((state: StreamState) => void) | undefined;
}

/** The server ended the stream for good; `code` is the close code of the WebSocket. */
export class StreamClosedError extends SillageError {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(
      reason === '' ? `the stream was closed with ${code}` : `the stream was closed: ${reason} (${code})`,
    );
    this.code = code;
  }
}

interface Pending {
  readonly seq: number;
  readonly readings: readonly Reading[];
  readonly resolve: (ack: StreamAck) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A live stream of one device. `send` stores readings; iterating gives what the server tells, classifications among
 * it, to one reader. A connection that breaks is opened again under the same session, and what was not acknowledged is
 * sent again: every message is stored once and in order.
 */
export class SensorStream implements AsyncIterable<StreamEvent> {
  readonly session: string;
  readonly #transport: Transport;
  readonly #device: string;
  readonly #options: SensorStreamOptions;
  readonly #pending: Pending[] = [];
  readonly #leaving = new AbortController();
  readonly #finished: Promise<void>;
  #events: StreamEvent[] = [];
  #wake: (() => void) | undefined;
  #seq = 0;
  #wasReady = false;
  #socket: WebSocket | undefined;
  #isOpen = false;
  #end: { readonly error: unknown } | undefined;

  constructor(transport: Transport, device: string, options: SensorStreamOptions) {
    this.#transport = transport;
    this.#device = device;
    this.#options = options;
    this.session = options.session ?? crypto.randomUUID();
    this.#finished = this.#run().then(
      () => this.#finish(undefined),
      (error: unknown) => this.#finish(error),
    );
  }

  /** Messages that are not acknowledged yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * Stores readings, oldest first, at most 1,000. Resolves when they are stored; rejects with an ApiError where they
   * are refused, after which the stream goes on. Await it before you send much more: what is sent is kept until then.
   */
  send(readings: readonly Reading[]): Promise<StreamAck> {
    if (readings.length < 1 || readings.length > maxStreamReadings) {
      return Promise.reject(new TypeError(`a message has 1 to ${maxStreamReadings} readings`));
    }
    if (this.#end) return Promise.reject(this.#end.error ?? new SillageError('the stream is closed'));
    this.#seq += 1;
    const seq = this.#seq;
    return new Promise((resolve, reject) => {
      const message = { seq, readings, resolve, reject };
      this.#pending.push(message);
      if (this.#isOpen) this.#transmit(message);
    });
  }

  /** Ends the stream; what is not acknowledged by then is rejected. */
  async close(): Promise<void> {
    this.#leaving.abort(new SillageError('the stream was closed'));
    await this.#finished;
  }

  /** For one reader. Ends with the stream; throws what ended it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    for (;;) {
      const events = this.#events;
      this.#events = [];
      yield* events;
      if (this.#events.length > 0) continue;
      if (this.#end) {
        if (this.#end.error !== undefined) throw this.#end.error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #run(): Promise<void> {
    const { signal, patienceMs = defaultPatienceMs } = this.#options;
    const ending = signal ? AbortSignal.any([signal, this.#leaving.signal]) : this.#leaving.signal;
    const reconnection = new Reconnection({ signal: ending, patienceMs });
    for (;;) {
      this.#tell('connecting');
      const end = await this.#connection(ending, () => reconnection.moved()).catch((error: unknown) => error);
      this.#isOpen = false;
      if (!ending.aborted) this.#tell('waiting');
      try {
        await reconnection.after(end);
      } catch (error) {
        if (this.#leaving.signal.aborted) return;
        throw error;
      }
    }
  }

  /** One connection, from its ticket to its end; resolves with why it ended. */
  async #connection(ending: AbortSignal, onOpen: () => void): Promise<unknown> {
    const { WebSocket: Socket } = this.#transport;
    if (!Socket)
      throw new TypeError(
        'there is no WebSocket here: pass one as the option WebSocket (Node 20: package ws)',
      );
    const {
      signal: _signal,
      session: _session,
      patienceMs: _patience,
      onState: _onState,
      ...options
    } = this.#options;
    const ticket = await this.#transport.call(
      'post',
      '/api/v1/sensors/devices/{id}/stream-tickets',
      { path: { id: this.#device } },
      // A ticket that was not used ends by itself.
      { isRepeatable: true, options: { ...options, signal: ending } },
    );
    ending.throwIfAborted();
    const url = new URL(ticket.url, `${this.#transport.baseUrl.replace(/^http/, 'ws')}/`);
    url.searchParams.set('session', this.session);
    return new Promise((resolve) => {
      const socket = new Socket(url, ticket.protocols);
      this.#socket = socket;
      const leave = () => {
        socket.close(1000);
        resolve(undefined);
      };
      ending.addEventListener('abort', leave, { once: true });
      socket.onmessage = ({ data }) => {
        const event = JSON.parse(String(data)) as StreamEvent;
        if (event.type === 'ready') onOpen();
        this.#take(event);
      };
      socket.onclose = ({ code, reason }) => {
        ending.removeEventListener('abort', leave);
        resolve(
          passing.has(code)
            ? new ConnectionError(`the stream broke (${code}${reason === '' ? '' : `: ${reason}`})`)
            : new StreamClosedError(code, reason),
        );
      };
    });
  }

  #take(event: StreamEvent): void {
    if (event.type === 'ready') this.#goOn(event.settled);
    else if (event.type === 'ack') this.#settle(event.seq)?.resolve(event);
    else if (event.type === 'error' && event.seq !== undefined) {
      this.#settle(event.seq)?.reject(errorOfProblem(event.problem));
    }
    this.#events.push(event);
    if (this.#events.length > maxKeptEvents) this.#events.shift();
    this.#wake?.();
  }

  /** After (re)connecting: what the server has settled is done, the rest is sent again. */
  #goOn(settled: number): void {
    // Nothing was sent before: what the session has settled is of an earlier program, and its numbers go on.
    if (!this.#wasReady) this.#renumber(settled);
    this.#wasReady = true;
    while (this.#pending[0] && this.#pending[0].seq <= settled) {
      const { seq } = this.#pending[0];
      const nothing = {
        ...{ stored: 0, duplicates: 0, out_of_order: 0, findings: [] },
        ...{ refused: [], refused_total: 0 },
      };
      this.#settle(seq)?.resolve({ type: 'ack', seq, already_settled: true, ...nothing });
    }
    this.#isOpen = true;
    this.#tell('open');
    for (const message of this.#pending) this.#transmit(message);
  }

  #renumber(by: number): void {
    this.#seq += by;
    const moved = this.#pending.splice(0).map((message) => ({ ...message, seq: message.seq + by }));
    this.#pending.push(...moved);
  }

  #transmit({ seq, readings }: Pending): void {
    this.#socket?.send(JSON.stringify({ type: 'readings', seq, readings }));
  }

  #settle(seq: number): Pending | undefined {
    const index = this.#pending.findIndex((message) => message.seq === seq);
    return index < 0 ? undefined : this.#pending.splice(index, 1)[0];
  }

  #finish(error: unknown): void {
    this.#end = { error };
    const rejection = error ?? new SillageError('the stream was closed before this was acknowledged');
    for (const { reject } of this.#pending.splice(0)) reject(rejection);
    this.#tell('closed');
    this.#wake?.();
  }

  #tell(state: StreamState): void {
    this.#options.onState?.(state);
  }
}
