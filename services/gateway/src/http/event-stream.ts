import type { ServerResponse } from 'node:http';
import { type Language, withNoteLabels } from '@sillage/contracts';
import { writeChunk } from './answer.ts';

/** Comments sent so often keep proxies from closing a quiet stream. */
const heartbeatMs = 15_000;

/** Server-sent events on one response; their odour notes have a label in `language`. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #language: Language;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(response: ServerResponse, signal: AbortSignal, language: Language = 'en') {
    this.#response = response;
    this.#signal = signal;
    this.#language = language;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Nginx would otherwise hold events back until its buffer is full.
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    this.#heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs);
    this.#heartbeat.unref();
    response.once('close', () => clearInterval(this.#heartbeat));
  }

  async send(event: string, data: unknown, id?: string): Promise<void> {
    await writeChunk(
      this.#response,
      withNoteLabels(formatEvent(event, data, id), this.#language),
      this.#signal,
    );
  }

  end(): void {
    clearInterval(this.#heartbeat);
    this.#response.end();
  }
}

/** One event; JSON has no line breaks of its own, so the data is always one line. */
export function formatEvent(event: string, data: unknown, id?: string): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
