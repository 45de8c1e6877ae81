import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** Spans it is linked to. */
  readonly links: readonly string[];
}

export interface TraceReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Resolves with the trace's spans once `isComplete` holds of them; rejects after `timeoutMs`. */
  waitFor: (
    traceId: string,
    isComplete: (spans: readonly ReceivedSpan[]) => boolean,
    timeoutMs: number,
  ) => Promise<readonly ReceivedSpan[]>;
  stop: () => Promise<void>;
}

interface OtlpBody {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: {
      spans: {
        name: string;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        links?: { spanId: string }[];
      }[];
    }[];
  }[];
}

/** A real OTLP/HTTP endpoint (JSON encoding) that keeps what services export. */
export async function startTraceReceiver(): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const listeners = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: OtlpBody = JSON.parse(Buffer.concat(chunks).toString());
      for (const { resource, scopeSpans } of body.resourceSpans) {
        const service =
          resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          const { name, traceId, spanId, parentSpanId = '', links = [] } = span;
          spans.push({
            service,
            name,
            traceId,
            spanId,
            parentSpanId,
            links: links.map((link) => link.spanId),
          });
        }
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      for (const listener of listeners) listener();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    waitFor: (traceId, isComplete, timeoutMs) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          settle();
        };
        const look = () => {
          const found = spans.filter((span) => span.traceId === traceId);
          if (isComplete(found)) finish(() => resolve(found));
        };
        const timer = setTimeout(() => {
          const seen = spans
            .filter((span) => span.traceId === traceId)
            .map((span) => `${span.service}: ${span.name}`);
          finish(() =>
            reject(new Error(`trace ${traceId} did not complete; seen: ${seen.join(', ') || 'nothing'}`)),
          );
        }, timeoutMs);
        listeners.add(look);
        look();
      }),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
