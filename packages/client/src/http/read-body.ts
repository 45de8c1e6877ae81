import { createParser } from 'eventsource-parser';
import { ConnectionError, UnexpectedAnswerError } from '../errors.ts';

/** The gateway sends a comment every 15 s: a stream of events without a byte for so long is dead. */
export const idleMs = 45_000;

export interface ReadOptions {
  /** Of the call that the answer belongs to. */
  readonly signal?: AbortSignal | undefined;
  readonly idleMs?: number | undefined;
}

/** The bytes of an answer. A line that breaks, or says nothing for so long, is a ConnectionError. */
export async function* bytesOf(response: Response, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const idle = options.idleMs ?? idleMs;
  let isDead = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for (;;) {
      timer = setTimeout(() => {
        isDead = true;
        reader.cancel().catch(() => {});
      }, idle);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (isDead) throw new ConnectionError(`nothing came for ${idle} ms`);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    if (error instanceof ConnectionError) throw error;
    throw new ConnectionError('the connection broke while an answer was read', { cause: error });
  } finally {
    clearTimeout(timer);
    // The reader of this generator may have stopped early: then the rest is not wanted.
    reader.cancel().catch(() => {});
  }
}

/** A line of text with the number of bytes up to and including its end. */
export interface Line {
  readonly text: string;
  readonly bytes: number;
}

/** Lines of UTF-8. The last one counts only if `isWhole`: what has no line end may have been cut off. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, isWhole = true): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let rest: Uint8Array[] = [];
  const take = (last: Uint8Array): Line => {
    const parts = [...rest, last];
    rest = [];
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const text = parts.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode();
    return { text, bytes };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = take(chunk.subarray(start, end));
      yield { text: line.text, bytes: line.bytes + 1 };
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (isWhole && rest.length > 0) yield take(new Uint8Array());
}

/** A server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: unknown;
}

/** The events of an answer, their data read as JSON. */
export async function* eventsOf(response: Response, options: ReadOptions = {}): AsyncGenerator<ServerEvent> {
  const ready: ServerEvent[] = [];
  const parser = createParser({
    onEvent: ({ event = 'message', id, data }) => ready.push({ event, id, data: jsonOf(data) }),
  });
  const decoder = new TextDecoder();
  for await (const chunk of bytesOf(response, options)) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
  }
}

/** JSON of a line or an event. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnexpectedAnswerError(`a line of the answer is not JSON: ${text.slice(0, 80)}`, { cause });
  }
}
