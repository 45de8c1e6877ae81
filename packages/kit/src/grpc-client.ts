import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { currentRequest } from './context.ts';
import { AppError, internalError } from './errors.ts';
import { fromGrpcError } from './grpc-errors.ts';
import { type MethodName, maxMessageBytes, type RequestOf, type ResponseOf } from './grpc-types.ts';
import { injectTrace, SpanKind, withSpan } from './tracing.ts';

export interface GrpcClientOptions<D extends ServiceDefinition> {
  readonly definition: D;
  /** host:port; a name with several addresses is balanced round robin. */
  readonly target: string;
  /** What the peer is called in errors. */
  readonly peer: string;
  /** Time a call may take when its caller sets no earlier deadline, milliseconds. */
  readonly timeoutMs: number;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Of a call that was refused before it came to a handler. */
const maxAttempts = 4;
const refusedPauseMs = 5;
/** The longest pause between two tries to connect; grpc-js adds up to a fifth. */
const maxBackoffMs = 800;
/**
 * How long a call waits for a peer that cannot be reached. The servers end every connection after a while, and on a
 * machine that is short of time the next may not stand at once.
 */
const reconnectMs = 1000;

/**
 * A typed client of one gRPC service. Each call carries the trace context and the earlier of the caller's
 * deadline and its own; failures arrive as AppError with the peer's code. A peer that cannot be reached is waited for
 * once; from then on, until it is back, calls fail at once.
 */
export class GrpcClient<D extends ServiceDefinition> {
  readonly #options: GrpcClientOptions<D>;
  readonly #client: Client;
  /** Waited for in vain. */
  #isAway = false;

  constructor(options: GrpcClientOptions<D>) {
    this.#options = options;
    this.#client = new Client(options.target, credentials.createInsecure(), {
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.enable_channelz': 0,
      'grpc.max_send_message_length': maxMessageBytes,
      // A peer that comes back is found again within a second, not after grpc's default of up to two minutes.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': maxBackoffMs,
      // The name is looked up when a connection ends, which tells of pods that came and went; grpc's own pause between
      // two look-ups is half a minute.
      'grpc.dns_min_time_between_resolutions_ms': 2000,
      // No keepalive: a connection that has reached its age cannot be pinged, which grpc-js takes for a dead one, and so
      // cuts the calls that are still under way on it.
    });
  }

  /** One request, one answer. */
  unary<K extends MethodName<D>>(
    name: K,
    request: RequestOf<D[K]>,
    options: CallOptions = {},
  ): Promise<ResponseOf<D[K]>> {
    const method = this.#method(String(name));
    return withSpan(spanName(method), { kind: SpanKind.CLIENT }, async () => {
      const { deadlineMs, signal } = this.#limits(options);
      for (let attempt = 1; ; attempt += 1) {
        if (signal?.aborted) throw new AppError('cancelled', 'the caller has gone');
        try {
          const answer = await this.#ask(method, request, deadlineMs, signal);
          this.#isAway = false;
          return answer as ResponseOf<D[K]>;
        } catch (error) {
          if (!isServiceError(error)) throw error;
          const mayRepeat = attempt < maxAttempts && (await this.#mayRepeat(error, deadlineMs));
          if (!mayRepeat) throw fromGrpcError(error, this.#options.peer);
        }
      }
    });
  }

  #ask(
    method: MethodDefinition<unknown, unknown>,
    request: unknown,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        traceMetadata(),
        { deadline },
        (error, response) => {
          signal?.removeEventListener('abort', cancel);
          if (error) reject(error);
          else resolve(response);
        },
      );
      const cancel = () => call.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  /** One request, answers as they come; leaving the loop cancels the call. */
  async *stream<K extends MethodName<D>>(
    name: K,
    request: RequestOf<D[K]>,
    options: CallOptions = {},
  ): AsyncGenerator<ResponseOf<D[K]>> {
    const method = this.#method(String(name));
    const { deadlineMs, signal } = this.#limits(options);
    for (let attempt = 1; ; attempt += 1) {
      if (signal?.aborted) throw new AppError('cancelled', 'the caller has gone');
      const call = this.#client.makeServerStreamRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        traceMetadata(),
        { deadline: deadlineMs },
      );
      const cancel = () => call.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        for await (const message of call) yield message as ResponseOf<D[K]>;
        this.#isAway = false;
        return;
      } catch (error) {
        if (!isServiceError(error)) throw error;
        const mayRepeat = attempt < maxAttempts && (await this.#mayRepeat(error, deadlineMs));
        if (!mayRepeat) throw fromGrpcError(error, this.#options.peer);
      } finally {
        signal?.removeEventListener('abort', cancel);
        // Cancelling a finished call does nothing; its late error must not become an unhandled event.
        call.on('error', () => {});
        call.cancel();
      }
    }
  }

  /** Resolves once a connection stands; rejects as `unavailable` when none does in time. */
  async waitForReady(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#client.waitForReady(Date.now() + timeoutMs, (error) =>
        error
          ? reject(new AppError('unavailable', `${this.#options.peer} is not reachable`, { retryAfterS: 2 }))
          : resolve(),
      );
    }).then(
      () => {
        this.#isAway = false;
      },
      (error: unknown) => {
        // In less time it may be on its way.
        if (timeoutMs >= reconnectMs) this.#isAway = true;
        throw error;
      },
    );
  }

  /** Ends the connection; calls in flight fail as cancelled. */
  close(): void {
    this.#client.close();
  }

  /** Whether a call that failed came to no handler, and may be made again now, whatever it does. */
  async #mayRepeat(error: ServiceError, deadlineMs: number): Promise<boolean> {
    if (isRefused(error)) {
      await delay(refusedPauseMs);
      return true;
    }
    if (!isUnsent(error) || this.#isAway) return false;
    return this.waitForReady(Math.min(reconnectMs, deadlineMs - Date.now())).then(
      () => true,
      () => false,
    );
  }

  #method(name: string): MethodDefinition<unknown, unknown> {
    const method = this.#options.definition[name] as MethodDefinition<unknown, unknown> | undefined;
    if (!method) throw internalError(`no method ${name}`);
    return method;
  }

  #limits(options: CallOptions): { deadlineMs: number; signal: AbortSignal | undefined } {
    const request = currentRequest();
    const own = Date.now() + (options.timeoutMs ?? this.#options.timeoutMs);
    return {
      deadlineMs: request ? Math.min(own, request.deadlineMs) : own,
      signal: options.signal ?? request?.signal,
    };
  }
}

function traceMetadata(): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(injectTrace())) metadata.set(name, String(value));
  const request = currentRequest();
  if (request) metadata.set('x-request-id', request.requestId);
  return metadata;
}

function spanName(method: MethodDefinition<unknown, unknown>): string {
  return method.path.slice(1);
}

/**
 * Whether the call came to a server that was closing its connection, and so to no handler. grpc-js makes it again once
 * by itself; what is refused twice in a roll-out it tells by this text alone.
 */
function isRefused(error: ServiceError): boolean {
  return error.code === status.UNAVAILABLE && error.details === 'Stream refused by server';
}

/** Whether there was no connection to send the call on. */
function isUnsent(error: ServiceError): boolean {
  return (
    error.code === status.UNAVAILABLE &&
    /No connection established|Name resolution failed/.test(error.details)
  );
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
