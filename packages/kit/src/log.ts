import { once } from 'node:events';
import { trace } from '@opentelemetry/api';
import { pino } from 'pino';

export type Log = pino.Logger;

/** Names under which a secret could slip into a log object; redacted wherever they stand. */
const secretNames = new Set([
  'key',
  'apiKey',
  'secret',
  'clientSecret',
  'client_secret',
  'accessToken',
  'access_token',
  'password',
  'token',
  'authorization',
  'x-api-key',
  'cookie',
]);
/** Levels of a log object that are looked through; ours are flat but for the configuration. */
const redactedDepth = 4;

/**
 * The same fields without what stands under a secret name; copied only where there is such a name. (pino's own redact
 * takes longer for this, with wildcards, than all the rest of a line together.)
 */
export function redactSecrets(
  fields: Record<string, unknown>,
  depth = redactedDepth,
): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const name in fields) {
    const value = fields[name];
    const shown = secretNames.has(name) ? '[redacted]' : depth > 1 ? redactInside(value, depth - 1) : value;
    if (shown === value) continue;
    copy ??= { ...fields };
    copy[name] = shown;
  }
  return copy ?? fields;
}

function redactInside(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const shown = value.map((item) => redactInside(item, depth));
    return shown.some((item, index) => item !== value[index]) ? shown : value;
  }
  // Errors and objects of classes have serialisers or a toJSON of their own.
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return redactSecrets(value as Record<string, unknown>, depth);
}

const errorLevel = 50;

function ownTrace(): { traceId?: string; spanId?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { traceId: span.traceId, spanId: span.spanId } : {};
}

function watchErrors(onError: (fields: Readonly<Record<string, unknown>>) => void) {
  return function logMethod(this: Log, line: Parameters<pino.LogFn>, log: pino.LogFn, level: number) {
    const [fields] = line as unknown[];
    if (level >= errorLevel && typeof fields === 'object' && fields !== null) {
      onError({ ...ownTrace(), ...fields });
    }
    log.apply(this, line);
  };
}

export interface LogOptions {
  readonly service: string;
  readonly level: string;
  /** Write to this file instead of standard output: rotated daily or at 20 MB, the last ten kept. */
  readonly file?: string | undefined;
  /** Sees the fields of every error that is logged, with the trace they belong to. */
  readonly onError?: ((fields: Readonly<Record<string, unknown>>) => void) | undefined;
}

/** JSON lines on standard output or in a rotating file, each with the trace id of the span it was written in. */
export async function createLog(options: LogOptions): Promise<{ log: Log; close: () => Promise<void> }> {
  // Lines leave in batches, at the latest after 100 ms: a write for each costs a busy service a tenth of its time.
  // Fatal lines, and what is left at a close, are flushed at once.
  const batching = { minLength: 8192, periodicFlush: 100 };
  const rotation = { frequency: 'daily', size: '20m', limit: { count: 10 }, mkdir: true } as const;
  const stream =
    options.file === undefined
      ? pino.destination({ fd: 1, sync: false, ...batching })
      : // Only who writes files carries what rotates them.
        await (await import('pino-roll')).default({ file: options.file, ...rotation, ...batching });
  const log = pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => redactSecrets(fields) },
      mixin: ownTrace,
      // Outside a span there is nothing to merge; a copy of every line's fields would be made for it.
      mixinMergeStrategy: (fields, own) => ('traceId' in own ? { ...own, ...fields } : fields),
      ...(options.onError ? { hooks: { logMethod: watchErrors(options.onError) } } : {}),
    },
    stream,
  );
  const close = async (): Promise<void> => {
    try {
      stream.flushSync();
    } catch {
      // A destination that is not open yet has nothing to flush.
    }
    if (options.file === undefined) return;
    const closed = once(stream, 'close');
    stream.end();
    await closed;
  };
  return { log, close };
}
