import { once } from 'node:events';
import { type StreamEvent, streamEventSchema, streamProtocol } from '@sillage/contracts';
import { WebSocket } from 'ws';

export interface StreamClient {
  readonly socket: WebSocket;
  /** What came, each held to its schema. */
  readonly events: StreamEvent[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send: (seq: number, readings: readonly object[]) => void;
  /** The next event that is meant, of those that came or come. */
  next: <T extends StreamEvent['type']>(
    type: T,
    isMeant?: (event: Extract<StreamEvent, { type: T }>) => boolean,
  ) => Promise<Extract<StreamEvent, { type: T }>>;
}

/** A client of the stream as a user would write it. */
export function openStream(
  url: string,
  headers: Readonly<Record<string, string>>,
  protocols: readonly string[] = [streamProtocol],
): StreamClient {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], { headers });
  const events: StreamEvent[] = [];
  socket.on('message', (data) => {
    events.push(streamEventSchema.parse(JSON.parse(String(data))));
    socket.emit('event');
  });
  socket.on('error', () => {});
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  return {
    socket,
    events,
    closed,
    send: (seq, readings) => socket.send(JSON.stringify({ type: 'readings', seq, readings })),
    next: async (type, isMeant = () => true) => {
      for (let seen = 0; ; ) {
        for (; seen < events.length; seen += 1) {
          const event = events[seen];
          if (event?.type === type && isMeant(event as never)) return event as never;
        }
        if (socket.readyState === WebSocket.CLOSED) {
          throw new Error(`closed before ${type}: ${JSON.stringify(await closed)}`);
        }
        await Promise.race([once(socket, 'event'), closed]);
      }
    },
  };
}

/** What a handshake that is refused is answered with. */
export function refusedStream(
  url: string,
  headers: Readonly<Record<string, string>>,
  protocols: readonly string[] = [streamProtocol],
): Promise<{ status: number; body: { code: string; detail: string } }> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], { headers });
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('the handshake was accepted')));
    socket.once('error', reject);
    socket.once('unexpected-response', (_, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }),
      );
    });
  });
}
