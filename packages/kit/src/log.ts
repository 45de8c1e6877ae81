import { trace } from '@opentelemetry/api';
import { pino } from 'pino';
import buildRoll from 'pino-roll';

export type Log = pino.Logger;

/** Names under which a secret could slip into a log object; redacted wherever they stand. */
const secretNames = ['key', 'apiKey', 'secret', 'password', 'token', 'authorization', 'x-api-key', 'cookie'];
const redactedPaths = secretNames.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]);

export interface LogOptions {
  readonly service: string;
  readonly level: string;
  /** Also write to this file: rotated daily or at 20 MB, the last ten kept. */
  readonly file?: string | undefined;
}

/** JSON lines on standard output (and a rotating file), each with the trace id of the span it was written in. */
export async function createLog(options: LogOptions): Promise<{ log: Log; close: () => Promise<void> }> {
  const streams: pino.StreamEntry[] = [{ level: 'trace', stream: pino.destination({ fd: 1, sync: false }) }];
  const roll = options.file
    ? await buildRoll({
        file: options.file,
        frequency: 'daily',
        size: '20m',
        limit: { count: 10 },
        mkdir: true,
      })
    : undefined;
  if (roll) streams.push({ level: 'trace', stream: roll });
  const log = pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: '[redacted]' },
      mixin: () => {
        const span = trace.getActiveSpan()?.spanContext();
        return span ? { traceId: span.traceId, spanId: span.spanId } : {};
      },
    },
    pino.multistream(streams),
  );
  const close = async (): Promise<void> => {
    log.flush();
    for (const entry of streams) {
      if ('flushSync' in entry.stream && typeof entry.stream.flushSync === 'function') {
        try {
          entry.stream.flushSync();
        } catch {
          // A destination that is not open yet has nothing to flush.
        }
      }
    }
    await new Promise<void>((resolve) => (roll ? roll.end(resolve) : resolve()));
  };
  return { log, close };
}
