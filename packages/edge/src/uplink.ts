import { setTimeout as delay } from 'node:timers/promises';
import { maxStreamReadings, streamProtocol } from '@sillage/contracts';
import { type Log, reasonOf } from '@sillage/kit';
import { WebSocket } from 'ws';
import type { AgentState } from './agent-state.ts';
import { type Device, type FleetApi, personWaitMs, refusal, UplinkError } from './api.ts';
import { Backoff } from './backoff.ts';
import { type UplinkEvent, uplinkEventSchema } from './events.ts';
import type { SealedMessage, Spool } from './spool.ts';

export interface UplinkLimits {
  /** Messages sent and not yet settled. */
  readonly window: number;
  /** Of one message; the fleet takes 1 MB. */
  readonly messageBytes: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** A connection on which nothing is heard for so long is given up; the fleet pings every 15 s. */
  readonly silenceMs: number;
}

const defaults: UplinkLimits = {
  window: 4,
  messageBytes: 900_000,
  firstRetryMs: 500,
  longestRetryMs: 60_000,
  silenceMs: 40_000,
};

export interface UplinkOptions {
  readonly api: FleetApi;
  /** Finds the device; asked once, and again when the fleet says that something about it is wrong. */
  findDevice: (signal: AbortSignal) => Promise<Device>;
  /** Called when the channels of the device are known. */
  onDevice: (device: Device) => void;
  /** Passes readings on as the device can take them; undefined: nothing is left of one. */
  prepare: (reading: string) => string | undefined;
  readonly spool: Spool;
  readonly state: AgentState;
  readonly log: Log;
  readonly limits?: Partial<UplinkLimits>;
}

/** Closes after which somebody has to act. */
const personCloses = new Set([4400, 4401, 4403, 4404]);

/**
 * Sends what is spooled by the fleet's WebSocket, message after message under the fleet's own numbers, and takes it off
 * the spool when it is settled. A broken connection, a fleet that is away or full: it waits and goes on where it was.
 */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #limits: UplinkLimits;
  readonly #backoff: Backoff;
  readonly #stopped = new AbortController();
  #wake = () => {};
  #running: Promise<void> | undefined;
  #device: Device | undefined;
  /** Readings of the messages that were sent and not answered, in the order they have there. */
  readonly #underWay = new Map<number, readonly string[]>();

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#limits = { ...defaults, ...options.limits };
    const { firstRetryMs: firstMs, longestRetryMs: longestMs } = this.#limits;
    this.#backoff = new Backoff({ firstMs, longestMs, random: Math.random });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is something new to send. */
  wake(): void {
    this.#wake();
  }

  /** Ends the connection in order. What is not settled stays in the spool. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { state, log } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      let waitMs: number;
      try {
        await this.#connection(signal);
        waitMs = this.#backoff.next();
      } catch (error) {
        const wanted = error instanceof UplinkError ? error.waitMs : 0;
        waitMs = this.#backoff.next(wanted);
        if (error instanceof UplinkError && error.needsPerson) this.#device = undefined;
        if (signal.aborted) return;
        const detail = reasonOf(error);
        log.warn({ reason: detail, waitMs: Math.round(waitMs) }, 'uplink down');
        state.uplink.detail = `${detail}; next try in ${Math.ceil(waitMs / 1000)} s`;
      }
      state.uplink.isUp = false;
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One connection, from its beginning to its end. Rejects with what ended it. */
  async #connection(signal: AbortSignal): Promise<void> {
    const { api, findDevice, onDevice, spool, state, log } = this.#options;
    this.#device ??= await findDevice(signal);
    const device = this.#device;
    onDevice(device);
    const { session } = spool;
    const connection = await Connection.open(api.streamUrl(device.id, session), api.headers, {
      silenceMs: this.#limits.silenceMs,
      signal,
    });
    try {
      const ready = await connection.next();
      if (ready?.type !== 'ready') throw new UplinkError('the fleet did not begin with ready');
      const unheard = spool.reconcile(ready.settled);
      if (unheard === 'begins_anew') {
        log.warn({ settled: ready.settled }, 'the fleet does not know this session; numbering begins anew');
        return;
      }
      state.readings.settled += unheard;
      this.#backoff.reset();
      state.uplink.isUp = true;
      state.uplink.detail = `connected, device ${device.id}`;
      log.info({ device: device.id, session, settled: ready.settled }, 'uplink connected');
      await this.#exchange(connection);
    } finally {
      await connection.close();
    }
  }

  async #exchange(connection: Connection): Promise<void> {
    const { spool } = this.#options;
    let sent = spool.settled;
    this.#underWay.clear();
    const send = () => {
      while (sent - spool.settled < this.#limits.window) {
        const message = spool.message(sent + 1) ?? this.#seal(sent - spool.settled);
        if (!message) return;
        this.#send(connection, message);
        sent = message.seq;
      }
    };
    this.#wake = send;
    try {
      send();
      for (;;) {
        const event = await connection.next();
        if (!event) return;
        this.#take(event);
        send();
      }
    } finally {
      this.#wake = () => {};
    }
  }

  /** While a message is under way, what comes is gathered: a full message more is worth sending, a crumb is not. */
  #seal(underWay: number): SealedMessage | undefined {
    const { spool } = this.#options;
    if (underWay > 0 && spool.unsealed < maxStreamReadings) return undefined;
    return spool.seal({ readings: maxStreamReadings, bytes: this.#limits.messageBytes });
  }

  #send(connection: Connection, { seq, readings }: SealedMessage): void {
    const prepared = readings.flatMap((reading) => {
      const sent = this.#options.prepare(reading);
      return sent === undefined ? [] : [{ reading, sent }];
    });
    // Where nothing is anything the device measures, its number must be used all the same: it is refused over there.
    const [first = ''] = readings;
    const message = prepared.length > 0 ? prepared : [{ reading: first, sent: first }];
    this.#underWay.set(
      seq,
      message.map(({ reading }) => reading),
    );
    connection.send(
      `{"type":"readings","seq":${seq},"readings":[${message.map(({ sent }) => sent).join(',')}]}`,
    );
  }

  #take(event: UplinkEvent): void {
    const { spool, state, log } = this.#options;
    if (event.type === 'ack') {
      const sent = this.#underWay.get(event.seq) ?? [];
      this.#underWay.delete(event.seq);
      for (const { index, detail } of event.refused) {
        spool.setAside(sent.slice(index, index + 1), detail, Date.now());
      }
      state.readings.refused += event.refused_total;
      state.readings.settled += spool.settle(event.seq) - event.refused_total;
      state.readings.duplicates += event.duplicates;
    } else if (event.type === 'error' && event.seq !== undefined) {
      this.#underWay.delete(event.seq);
      const { detail } = event.problem;
      const count = spool.refuse(event.seq, detail, Date.now());
      state.readings.refused += count;
      log.error({ seq: event.seq, readings: count, reason: detail }, 'readings refused; kept aside');
    } else if (event.type === 'error') {
      log.warn({ reason: event.problem.detail }, 'the fleet reports');
    } else if (event.type === 'classification') {
      const { status, substance, probabilities } = event.classification;
      const share = probabilities[0]?.probability;
      state.smell =
        substance === null
          ? status
          : `${substance} ${share?.toFixed(2) ?? ''} (${status.replaceAll('_', ' ')})`;
    }
  }
}

/** A WebSocket as a queue of events. */
class Connection {
  readonly #socket: WebSocket;
  readonly #events: UplinkEvent[] = [];
  #failure: UplinkError | undefined;
  #arrived = Promise.withResolvers<void>();
  #silence: NodeJS.Timeout | undefined;
  readonly #silenceMs: number;
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.#end(new UplinkError('the agent stops'));

  private constructor(socket: WebSocket, options: { silenceMs: number; signal: AbortSignal }) {
    this.#socket = socket;
    this.#silenceMs = options.silenceMs;
    this.#signal = options.signal;
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('ping', () => this.#heard());
    socket.on('close', (code, reason) => this.#end(closed(code, String(reason))));
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#heard();
  }

  /** Rejects with an UplinkError where the handshake is refused or nobody answers. */
  static open(
    url: string,
    headers: Record<string, string>,
    options: { silenceMs: number; signal: AbortSignal },
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, [streamProtocol], {
        headers,
        handshakeTimeout: 15_000,
        maxPayload: 8 * 1024 * 1024,
        perMessageDeflate: false,
      });
      // From the first byte on: `ready` may come with the handshake's answer.
      const connection = new Connection(socket, options);
      socket.once('open', () => resolve(connection));
      socket.on('error', (error) => {
        connection.#end(new UplinkError(`no connection: ${error.message}`, { cause: error }));
        reject(connection.#failure);
      });
      socket.once('unexpected-response', (request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => {
          if (chunks.length < 16) chunks.push(chunk);
        });
        response.once('close', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          connection.#end(refusal(response.statusCode ?? 0, body, response.headers['retry-after']));
          request.destroy();
          reject(connection.#failure);
        });
      });
      if (options.signal.aborted) connection.#onAbort();
    });
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** The next event. Rejects with what ended the connection, after the last one. */
  async next(): Promise<UplinkEvent | undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event) return event;
      if (this.#failure) throw this.#failure;
      this.#arrived = Promise.withResolvers();
      await this.#arrived.promise;
    }
  }

  async close(): Promise<void> {
    this.#end(new UplinkError('closed'));
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.close(1000);
    const cut = setTimeout(() => this.#socket.terminate(), 1000);
    await new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    clearTimeout(cut);
  }

  #receive(text: string): void {
    this.#heard();
    let event: UplinkEvent;
    try {
      event = uplinkEventSchema.parse(JSON.parse(text));
    } catch {
      // A newer fleet may tell of more than we know.
      return;
    }
    this.#events.push(event);
    this.#arrived.resolve();
  }

  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#end(new UplinkError(`nothing was heard of the fleet for ${this.#silenceMs / 1000} s`));
      this.#socket.terminate();
    }, this.#silenceMs);
  }

  #end(failure: UplinkError): void {
    clearTimeout(this.#silence);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#failure ??= failure;
    this.#arrived.resolve();
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
  }
}

function closed(code: number, reason: string): UplinkError {
  const needsPerson = personCloses.has(code);
  const text = `the fleet ended the stream with ${code}${reason ? `: ${reason}` : ''}`;
  return new UplinkError(text, { needsPerson, ...(needsPerson ? { waitMs: personWaitMs } : {}) });
}
