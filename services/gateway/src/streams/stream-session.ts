import { setTimeout as delay } from 'node:timers/promises';
import {
  type ClassificationJson,
  type IngestedJson,
  type problemSchema,
  type StreamCloseCode,
  type StreamRequest,
  streamRequestSchema,
} from '@sillage/contracts';
import { AppError, toAppError } from '@sillage/kit';
import type { RawData, WebSocket } from 'ws';
import type { z } from 'zod';
import { Turns } from '../domain/turns.ts';
import { parse } from '../http/parse.ts';
import { Outbox } from './outbox.ts';
import { type StreamLimits, streamLimits } from './stream-limits.ts';

/** What a stream needs of the fleet. All of it rejects with an AppError. */
export interface StreamBackend {
  /** Stores a message and settles its number; undefined: it was settled before. */
  store: (message: StreamRequest) => Promise<IngestedJson | undefined>;
  classify: () => Promise<ClassificationJson>;
  problem: (failure: AppError) => z.infer<typeof problemSchema>;
}

export interface StreamSessionOptions {
  readonly socket: WebSocket;
  readonly backend: StreamBackend;
  readonly session: string;
  /** Number of the last message settled. */
  readonly settled: number;
  readonly limits?: Partial<StreamLimits>;
}

export interface StreamSummary {
  readonly code: number;
  readonly messages: number;
  readonly readings: number;
  readonly classifications: number;
  readonly dropped: number;
}

interface End {
  readonly code: StreamCloseCode;
  readonly reason: string;
}

const nothingDone: IngestedJson = {
  stored: 0,
  duplicates: 0,
  out_of_order: 0,
  findings: [],
  refused: [],
  refused_total: 0,
};

const transient = new Set(['unavailable', 'overloaded', 'deadline']);
const firstRetryMs = 100;
const longestRetryMs = 2000;

/**
 * One connection: messages are stored one after the other in the order they came, each is told when it is settled, and
 * the newest window is classified beside that. While storing is slow the connection is not read, so that the sender
 * feels it and nothing piles up here.
 */
export class StreamSession {
  readonly #options: StreamSessionOptions;
  readonly #limits: StreamLimits;
  readonly #socket: WebSocket;
  readonly #outbox: Outbox;
  readonly #inbox: Buffer[] = [];
  readonly #ended = new AbortController();
  readonly #closed: Promise<number>;
  /** Resolves when nothing is waited for any more. */
  readonly #cut = Promise.withResolvers<void>();
  #waitingBytes = 0;
  #wake: (() => void) | undefined;
  #news: (() => void) | undefined;
  #isNews = false;
  #end: End | undefined;
  #isAlive = true;
  #settled: number;
  /** Of messages, and of classifications. */
  readonly #turns: { readonly store: Turns; readonly classify: Turns };
  #counts = { messages: 0, readings: 0, classifications: 0 };

  constructor(options: StreamSessionOptions) {
    this.#options = options;
    this.#limits = { ...streamLimits, ...options.limits };
    this.#socket = options.socket;
    const { maxMessagesPerS, classifyEveryMs } = this.#limits;
    this.#turns = {
      store: new Turns({ everyMs: 1000 / maxMessagesPerS, lateMs: 1000 }),
      classify: new Turns({ everyMs: classifyEveryMs, lateMs: 1000 }),
    };
    this.#settled = options.settled;
    this.#outbox = new Outbox(this.#socket, {
      holdBackBytes: this.#limits.holdBackBytes,
      onProgress: () => this.#regulate(),
    });
    this.#closed = new Promise((resolve) => this.#socket.once('close', (code) => resolve(code)));
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('pong', () => {
      this.#isAlive = true;
    });
    // Frames that are none, too large, or no UTF-8: ws closes with the code that says so.
    this.#socket.on('error', () => {});
    void this.#closed.then(() => {
      this.#stop();
      this.#cut.resolve();
    });
  }

  /** Serves the connection until it is closed. Never rejects. */
  async run(): Promise<StreamSummary> {
    const { session, settled } = this.#options;
    const watch = setInterval(() => this.#look(), Math.min(1000, this.#limits.slowReaderMs)).unref();
    const ping = setInterval(() => this.#ping(), this.#limits.pingMs).unref();
    this.#outbox.send({ type: 'ready', session, settled });
    // It ends by itself, and what it still has to tell goes nowhere.
    void this.#classifyAll();
    await Promise.race([this.#storeAll(), this.#cut.promise]);
    clearInterval(ping);
    const code = await this.#close();
    clearInterval(watch);
    return { code, ...this.#counts, dropped: this.#outbox.totalDropped };
  }

  /** Closes the connection; where we merely stop, when the message in hand is settled. Resolves when it is closed. */
  async end(code: StreamCloseCode, reason: string): Promise<void> {
    this.#end ??= { code, reason };
    this.#stop();
    const patience = setTimeout(this.#cut.resolve, this.#end.code === 1001 ? this.#limits.endMs : 0);
    await this.#closed;
    clearTimeout(patience);
  }

  #stop(): void {
    this.#ended.abort();
    this.#wake?.();
    this.#news?.();
  }

  async #close(): Promise<number> {
    const { code, reason } = this.#end ?? { code: 1000, reason: '' };
    // A paused connection would not hear that the other side has closed too.
    this.#socket.resume();
    this.#socket.close(code, Buffer.from(reason).subarray(0, 120).toString('utf8'));
    const cut = setTimeout(() => this.#socket.terminate(), this.#limits.closeMs);
    const heard = await this.#closed;
    clearTimeout(cut);
    return this.#end?.code ?? heard;
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#isAlive = true;
    if (isBinary) {
      void this.end(1003, 'messages are text');
      return;
    }
    const message = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    this.#inbox.push(message);
    this.#waitingBytes += message.length;
    this.#regulate();
    this.#wake?.();
  }

  /** Reads on or not, by what waits here and what the reader has yet to take. */
  #regulate(): void {
    if (this.#end) return;
    const { maxWaiting, maxWaitingBytes, maxUnsentBytes } = this.#limits;
    const isFull = this.#inbox.length >= maxWaiting || this.#waitingBytes >= maxWaitingBytes;
    if (isFull || this.#outbox.unsentBytes > maxUnsentBytes) this.#socket.pause();
    else this.#socket.resume();
  }

  #look(): void {
    if (this.#outbox.stuckMs < this.#limits.slowReaderMs) return;
    void this.end(1008, 'what was sent is not read');
  }

  #ping(): void {
    if (this.#socket.isPaused) return;
    if (!this.#isAlive) this.#socket.terminate();
    this.#isAlive = false;
    this.#socket.ping();
  }

  async #storeAll(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const next = this.#inbox.shift();
      if (!next) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#waitingBytes -= next.length;
      this.#regulate();
      // Who sends faster than we take is not refused; the connection is read more slowly.
      await this.#pause(this.#turns.store.take(performance.now()));
      try {
        await this.#storeOne(next);
      } catch (error) {
        const { code, reason } = endOf(toAppError(error));
        void this.end(code, reason);
      }
    }
  }

  async #storeOne(text: Buffer): Promise<void> {
    let message: StreamRequest;
    try {
      message = parse(streamRequestSchema, JSON.parse(text.toString('utf8')));
    } catch (error) {
      const failure = error instanceof AppError ? error : new AppError('invalid_input', 'this is not JSON');
      this.#outbox.send({ type: 'error', problem: this.#options.backend.problem(failure) });
      void this.end(4400, failure.message);
      return;
    }
    const { seq } = message;
    this.#counts.messages += 1;
    try {
      const stored = await this.#patiently(message);
      this.#counts.readings += stored?.stored ?? 0;
      const done = stored ?? nothingDone;
      this.#outbox.send({ type: 'ack', seq, already_settled: stored === undefined, ...done });
      this.#settled = Math.max(this.#settled, seq);
      this.#isNews = true;
      this.#news?.();
    } catch (error) {
      const failure = toAppError(error);
      if (failure.code !== 'invalid_input' && failure.code !== 'too_large') throw failure;
      this.#settled = Math.max(this.#settled, seq);
      this.#outbox.send({ type: 'error', seq, problem: this.#options.backend.problem(failure) });
    }
  }

  /** Tries again while what is behind us is away: a message that was stored unheard is found settled. */
  async #patiently(message: StreamRequest): Promise<IngestedJson | undefined> {
    const untilMs = performance.now() + this.#limits.patienceMs;
    for (let waitMs = firstRetryMs; ; waitMs = Math.min(2 * waitMs, longestRetryMs)) {
      try {
        return await this.#options.backend.store(message);
      } catch (error) {
        const isOver = this.#ended.signal.aborted || performance.now() + waitMs > untilMs;
        if (!transient.has(toAppError(error).code) || isOver) throw error;
        await this.#pause(waitMs);
      }
    }
  }

  async #classifyAll(): Promise<void> {
    let drift: string | undefined;
    let trouble: string | undefined;
    while (!this.#ended.signal.aborted) {
      if (!this.#isNews) {
        await new Promise<void>((resolve) => {
          this.#news = resolve;
        });
        continue;
      }
      await this.#pause(this.#turns.classify.take(performance.now()));
      if (this.#ended.signal.aborted) return;
      this.#isNews = false;
      const seq = this.#settled;
      try {
        const classification = await this.#options.backend.classify();
        trouble = undefined;
        if (classification.drift && classification.drift.status !== drift) {
          drift = classification.drift.status;
          this.#outbox.send({ type: 'drift', drift: classification.drift });
        }
        this.#counts.classifications += 1;
        this.#outbox.offer({ type: 'classification', seq, classification });
      } catch (error) {
        const failure = toAppError(error);
        if (failure.code === 'cancelled') return;
        if (failure.code === 'not_found') void this.end(4404, failure.message);
        // Told once; what passes by itself is tried again without being asked.
        else if (failure.code !== trouble) {
          this.#outbox.send({ type: 'error', problem: this.#options.backend.problem(failure) });
        }
        trouble = failure.code;
        if (!transient.has(failure.code)) continue;
        this.#isNews = true;
        await this.#pause(this.#limits.classifyEveryMs);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    if (ms <= 0) return;
    await delay(ms, undefined, { signal: this.#ended.signal }).catch(() => {});
  }
}

/** How the stream ends for a failure that is no fault of one message. */
function endOf(failure: AppError): End {
  switch (failure.code) {
    case 'conflict':
      return { code: 4409, reason: failure.message };
    case 'not_found':
      return { code: 4404, reason: failure.message };
    case 'unauthenticated':
      return { code: 4401, reason: failure.message };
    case 'forbidden':
      return { code: 4403, reason: failure.message };
    case 'unavailable':
    case 'overloaded':
    case 'deadline':
      return { code: 1013, reason: 'sensors cannot be reached; connect again and go on' };
    default:
      return { code: 1011, reason: 'something went wrong on our side' };
  }
}
