import { randomUUID } from 'node:crypto';
import {
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { type RequestContext, runInRequest } from './context.ts';
import { AppError, errorKinds, isFault, toAppError } from './errors.ts';
import { toGrpcError } from './grpc-errors.ts';
import {
  type HandlerRequestOf,
  type HandlerResponseOf,
  type MethodName,
  maxMessageBytes,
} from './grpc-types.ts';
import type { Health } from './health.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { beginSpan, inTraceContext, markError, SpanKind, type TraceCarrier } from './tracing.ts';

/** What a handler may want to know of its call beyond the message. */
export interface CallInfo {
  readonly metadata: Metadata;
  /** Address of the caller, or of the last proxy. */
  readonly peer: string;
  /** `package.Service/Method` */
  readonly method: string;
  /** Filled by the handler of a unary method: goes out with the answer, also with an error. */
  readonly answer: Metadata;
  /** Aborts when the call is over, however it ended. */
  readonly ended: AbortSignal;
}

/**
 * One function per method: a promise for a unary method, an async iterable for a server stream. Where both sides stream
 * it is called for each message, one after the other, and its answers go out in that order.
 */
export type Handlers<D extends ServiceDefinition> = {
  [K in MethodName<D>]: (
    request: HandlerRequestOf<D[K]>,
    context: RequestContext,
    call: CallInfo,
  ) => Promise<HandlerResponseOf<D[K]>> | AsyncIterable<HandlerResponseOf<D[K]>>;
};

export interface GrpcServerOptions<D extends ServiceDefinition> {
  readonly definition: D;
  readonly handlers: Handlers<D>;
  /** Further services behind the same port; see `alsoServes`. */
  readonly also?: readonly FurtherService[];
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  /** Time a call may take whose caller sets no deadline, milliseconds. */
  readonly defaultTimeoutMs?: number;
  /** Calls of one connection at the same time; for a door to the outside. */
  readonly maxConcurrentCalls?: number;
  /** Time after which a connection takes no new call, milliseconds; `balancedConnectionAgeMs` unless said. */
  readonly maxConnectionAgeMs?: number;
}

/** A service and what answers it, the types of its methods checked and put away. */
export interface FurtherService {
  readonly definition: ServiceDefinition;
  readonly handlers: unknown;
}

export function alsoServes<D extends ServiceDefinition>(
  definition: D,
  handlers: Handlers<D>,
): FurtherService {
  return { definition, handlers };
}

export interface GrpcServerHandle {
  readonly port: number;
  /** Stops accepting, waits for calls in flight, cuts what is left after `timeoutMs`. */
  stop: (timeoutMs: number) => Promise<void>;
}

/** With the client's pause between look-ups below it, a new pod has its share well within 30 s. */
const balancedConnectionAgeMs = 15_000;

type Reply = Promise<unknown> | AsyncIterable<unknown>;
type Handler = (request: unknown, context: RequestContext, call: CallInfo) => Reply;
type Duplex = ServerDuplexStream<unknown, unknown>;
type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown> | Duplex;

/** Serves one service and grpc.health.v1: errors, deadlines, traces, metrics and one log event a call. */
export async function startGrpcServer<D extends ServiceDefinition>(
  options: GrpcServerOptions<D>,
): Promise<GrpcServerHandle> {
  options.metrics.showInFlight();
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.enable_channelz': 0,
    'grpc.max_send_message_length': maxMessageBytes,
    // A client learns of new pods when a connection ends, so each ends after this (a tenth more or less, so that not all
    // do at once). Calls under way end by their own deadline, as a generation may take minutes.
    'grpc.max_connection_age_ms': options.maxConnectionAgeMs ?? balancedConnectionAgeMs,
    ...(options.maxConcurrentCalls === undefined
      ? {}
      : { 'grpc.max_concurrent_streams': options.maxConcurrentCalls }),
  });
  const services: readonly FurtherService[] = [options, ...(options.also ?? [])];
  const draining = Promise.withResolvers<'draining'>();
  for (const service of services) {
    server.addService(service.definition, implementation(options, service, draining.promise));
  }

  const names = ['', ...services.map(({ definition }) => serviceName(definition))];
  const health = new HealthImplementation();
  const publish = (isReady: boolean) => {
    for (const name of names) health.setStatus(name, isReady ? 'SERVING' : 'NOT_SERVING');
  };
  publish(options.health.isReady);
  const unsubscribe = options.health.onChange(publish);
  health.addToServer(server);

  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${options.host}:${options.port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error
        ? reject(new Error(`port ${options.port} on ${options.host} cannot be taken: ${error.message}`))
        : resolve(bound),
    );
  });
  return {
    port,
    stop: async (timeoutMs) => {
      unsubscribe();
      draining.resolve('draining');
      await new Promise<void>((resolve) => {
        const force = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, timeoutMs);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      });
    },
  };
}

function implementation<D extends ServiceDefinition>(
  options: GrpcServerOptions<D>,
  service: FurtherService,
  draining: Promise<'draining'>,
): UntypedServiceImplementation {
  const entries = Object.entries<MethodDefinition<unknown, unknown>>(service.definition).map(
    ([name, method]) => {
      // Handlers<D> has exactly the definition's methods; the index signature of ServiceDefinition hides it.
      const handler = (service.handlers as Record<string, Handler>)[name];
      if (!handler) throw new Error(`no handler for ${method.path}`);
      const serve = (call: Call, reply: (call: Call, context: RequestContext) => Promise<void>) =>
        serveCall(options, method, call, reply);
      const implement = method.responseStream
        ? (call: ServerWritableStream<unknown, unknown> | Duplex) => {
            const end = new CallEnd();
            void serve(call, async (_, context) => {
              const info = infoOf(call, method, end);
              const answers =
                'request' in call
                  ? handler(call.request, context, info)
                  : eachAnswer(call, draining, (request) => handler(request, context, info));
              await writeAll(call, answers, context);
              call.end();
            })
              .catch((error: AppError) => {
                // Emitted, not destroyed with: a destroyed call never sends its status, and the caller waits on.
                call.emit('error', Object.assign(new Error(), toGrpcError(error)));
              })
              .finally(() => end.come());
          }
        : (call: ServerUnaryCall<unknown, unknown>, done: sendUnaryData<unknown>) => {
            const end = new CallEnd();
            const info = infoOf(call, method, end);
            void serve(call, async (_, context) => {
              const response = await (handler(call.request, context, info) as Promise<unknown>);
              if (Object.keys(info.answer.getMap()).length > 0) call.sendMetadata(info.answer);
              done(null, response);
            })
              .catch((error: AppError) => {
                const failure = toGrpcError(error);
                failure.metadata.merge(info.answer);
                done(failure);
              })
              .finally(() => end.come());
          };
      return [name, implement] as const;
    },
  );
  return Object.fromEntries(entries);
}

function infoOf(call: Call, method: MethodDefinition<unknown, unknown>, end: CallEnd): CallInfo {
  return {
    metadata: call.metadata,
    peer: call.getPeer(),
    method: method.path.slice(1),
    answer: new Metadata(),
    get ended() {
      return end.signal;
    },
  };
}

/** That a call is over, as a signal made when it is first asked for: hardly a handler does, and aborting one is dear. */
class CallEnd {
  #controller: AbortController | undefined;
  #hasCome = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#hasCome) this.#controller.abort();
    return this.#controller.signal;
  }

  come(): void {
    this.#hasCome = true;
    this.#controller?.abort();
  }
}

/** The answer to each message as it comes, until there is no more, or the server stops and none is in work. */
async function* eachAnswer(
  call: Duplex,
  draining: Promise<'draining'>,
  answer: (request: unknown) => Reply,
): AsyncGenerator<unknown> {
  const requests: AsyncIterator<unknown> = call[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([requests.next(), draining]);
    if (next === 'draining') {
      throw new AppError('unavailable', 'this server is about to stop; open the stream anew', {
        retryAfterS: 1,
      });
    }
    if (next.done) return;
    yield await answer(next.value);
  }
}

/** Writes a stream with back-pressure: the next message is made when the last one has found room. */
async function writeAll(
  call: ServerWritableStream<unknown, unknown> | Duplex,
  messages: Reply,
  context: RequestContext,
): Promise<void> {
  for await (const message of messages as AsyncIterable<unknown>) {
    context.signal.throwIfAborted();
    if (call.write(message)) continue;
    await new Promise<void>((resolve) => {
      const finish = () => {
        call.off('drain', finish);
        context.signal.removeEventListener('abort', finish);
        resolve();
      };
      call.once('drain', finish);
      context.signal.addEventListener('abort', finish, { once: true });
    });
  }
}

/** The frame around every call; rejects with an AppError only. */
async function serveCall<D extends ServiceDefinition>(
  options: GrpcServerOptions<D>,
  method: MethodDefinition<unknown, unknown>,
  call: Call,
  reply: (call: Call, context: RequestContext) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  options.metrics.inFlight += 1;
  const endpoint = method.path.slice(1);
  const { span, context: traceContext } = beginSpan(endpoint, {
    kind: SpanKind.SERVER,
    parent: carrierOf(call.metadata),
  });
  const controller = new AbortController();
  // A stream of requests lasts as long as its caller wants; each of its messages has its own time.
  const usualMs = method.requestStream ? Number.POSITIVE_INFINITY : (options.defaultTimeoutMs ?? 60_000);
  const deadlineMs = deadlineOf(call, usualMs);
  const timer = setTimeout(
    () => controller.abort(new AppError('deadline', 'the deadline of this request has passed')),
    Math.min(Math.max(0, deadlineMs - Date.now()), 2 ** 31 - 1),
  );
  const events: NodeJS.EventEmitter = call;
  let isOver = false;
  // Told of every call when its stream closes, also of one that was answered.
  events.on('cancelled', () => {
    if (!isOver) controller.abort(new AppError('cancelled', 'the caller has gone'));
  });
  const requestId = String(call.metadata.get('x-request-id')[0] ?? randomUUID());
  const context: RequestContext = { requestId, deadlineMs, signal: controller.signal };

  let failure: AppError | undefined;
  try {
    await inTraceContext(traceContext, () => runInRequest(context, () => reply(call, context)));
  } catch (error) {
    // What a broken stream says of itself is no more than that its caller has gone.
    failure = toAppError(controller.signal.aborted ? controller.signal.reason : error);
    markError(span, failure);
    throw failure;
  } finally {
    isOver = true;
    clearTimeout(timer);
    options.metrics.inFlight -= 1;
    const seconds = (performance.now() - started) / 1000;
    const code = failure ? status[errorKinds[failure.code].grpc] : 'OK';
    options.metrics.counter('olfactory_requests_total').inc({ method: 'grpc', endpoint, status: code });
    options.metrics
      .histogram('olfactory_request_duration_seconds')
      .observe({ method: 'grpc', endpoint }, seconds);
    inTraceContext(traceContext, () => logCall(options, { endpoint, code, seconds, requestId, failure }));
    span.end();
  }
}

function logCall(
  options: { log: Log; metrics: Metrics },
  event: {
    endpoint: string;
    code: string;
    seconds: number;
    requestId: string;
    failure: AppError | undefined;
  },
): void {
  const { failure, seconds, ...rest } = event;
  const fields = { ...rest, durationMs: Math.round(seconds * 1e5) / 100 };
  if (!failure) {
    options.log.debug(fields, 'call');
    return;
  }
  options.metrics.counter('olfactory_errors_total').inc({ error_type: failure.code });
  const level = isFault(failure.code) ? 'error' : 'info';
  options.log[level](
    {
      ...fields,
      errorCode: failure.code,
      detail: failure.message,
      internal: failure.internal,
      err: isFault(failure.code) ? failure.cause : undefined,
    },
    'call failed',
  );
}

function deadlineOf(call: Call, defaultTimeoutMs: number): number {
  const deadline = call.getDeadline();
  const ms = deadline instanceof Date ? deadline.getTime() : deadline;
  return Number.isFinite(ms) ? ms : Date.now() + defaultTimeoutMs;
}

function carrierOf(metadata: Metadata): TraceCarrier {
  const traceparent = metadata.get('traceparent')[0];
  const tracestate = metadata.get('tracestate')[0];
  return {
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(typeof tracestate === 'string' ? { tracestate } : {}),
  };
}

function serviceName(definition: ServiceDefinition): string {
  const [first] = Object.values<MethodDefinition<unknown, unknown>>(definition);
  return first?.path.split('/')[1] ?? '';
}
