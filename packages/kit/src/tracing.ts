import {
  type Attributes,
  type Context,
  context,
  type SpanOptions as OtelSpanOptions,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOffSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { toAppError } from './errors.ts';

export { type Attributes, type Span, SpanKind };

/** W3C trace context as it is written into gRPC metadata and job payloads. */
export interface TraceCarrier {
  traceparent?: string;
  tracestate?: string;
}

const tracer = () => trace.getTracer('sillage');

/**
 * Starts tracing for this process; without an endpoint spans exist (logs carry their ids) but go nowhere. Put together
 * from its parts: the SDK for Node brings exporters of every kind, 16 MB of each process.
 */
export function startTracing(options: { service: string; version?: string; endpoint?: string | undefined }): {
  stop: () => Promise<void>;
} {
  const exporter = options.endpoint
    ? new OTLPTraceExporter({ url: new URL('v1/traces', withSlash(options.endpoint)).href })
    : undefined;
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': `sillage-${options.service}`,
        'service.version': options.version ?? 'development',
      }),
    ),
    ...(exporter
      ? { spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 500 })] }
      : // Spans that nobody gets carry their ids and record nothing.
        { sampler: new AlwaysOffSampler() }),
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return { stop: () => provider.shutdown() };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Where the parent is, when it came from another process. */
  readonly parent?: TraceCarrier;
  /** What handed this work on without waiting for it: a message's sender. */
  readonly link?: TraceCarrier;
}

/** Runs `work` in a span that ends with it; an error marks the span with its code and goes on. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const parent = options.parent ? extractTrace(options.parent) : context.active();
  return tracer().startActiveSpan(name, settingsOf(options), parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      markError(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span that its owner ends; for work that does not fit one function, such as a stream or an HTTP exchange. */
export function beginSpan(name: string, options: SpanOptions): { span: Span; context: Context } {
  const parent = options.parent ? extractTrace(options.parent) : context.active();
  const span = tracer().startSpan(name, settingsOf(options), parent);
  return { span, context: trace.setSpan(parent, span) };
}

function settingsOf({ kind = SpanKind.INTERNAL, attributes = {}, link }: SpanOptions): OtelSpanOptions {
  const sender = link && trace.getSpanContext(extractTrace(link));
  return { kind, attributes, ...(sender ? { links: [{ context: sender }] } : {}) };
}

/** Runs `work` with `active` as the current trace context. */
export function inTraceContext<T>(active: Context, work: () => T): T {
  return context.with(active, work);
}

export function markError(span: Span, error: unknown): void {
  const { code, message } = toAppError(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.setAttribute('error.type', code);
}

/** The current trace context, to be carried to another process. */
export function injectTrace(): TraceCarrier {
  const carrier: TraceCarrier = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

export function extractTrace(carrier: TraceCarrier): Context {
  return propagation.extract(context.active(), carrier);
}

/** The id of the current trace, as logs and answers show it. */
export function currentTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}
