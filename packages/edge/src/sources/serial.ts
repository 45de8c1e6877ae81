import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '@sillage/kit';
import { SerialPort } from 'serialport';
import { Backoff } from '../backoff.ts';
import { LineReader, type LineReaderOptions } from '../lines/line-reader.ts';
import { LineSplitter } from '../lines/line-splitter.ts';
import { maxLineBytes, type Sink, type Source } from './source.ts';

export interface SerialOptions extends Pick<LineReaderOptions, 'format' | 'delimiter' | 'columns'> {
  readonly path: string;
  readonly baudRate: number;
  /** A port that is silent for longer is opened anew, seconds; 0: never. */
  readonly timeoutS: number;
}

const firstRetryMs = 250;
const longestRetryMs = 10_000;
/**
 * How often the port's file is looked for. A terminal whose other end is gone reads as empty for ever, which serialport
 * (13.0) takes for nothing yet and asks again at once: it neither ends nor rests.
 */
const lookMs = 500;

/** A sensor on a serial port, one reading a line. A port that is gone is opened again when it is back. */
export class SerialSource implements Source {
  readonly #options: SerialOptions;
  /** Column names outlive a lost connection: a board that did not lose its power sends no header again. */
  #columns: readonly string[] | undefined;

  constructor(options: SerialOptions) {
    this.#options = options;
  }

  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: firstRetryMs, longestMs: longestRetryMs, random: Math.random });
    while (!signal.aborted) {
      try {
        await this.#listen(sink, signal, () => backoff.reset());
        return;
      } catch (error) {
        const waitMs = backoff.next();
        sink.state.isUp = false;
        sink.state.detail = `${this.#options.path}: ${reasonOf(error)}; next try in ${Math.ceil(waitMs / 1000)} s`;
        await delay(waitMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Resolves when aborted; rejects with what became of the port. */
  async #listen(sink: Sink, signal: AbortSignal, onReading: () => void): Promise<void> {
    const { path, baudRate, timeoutS, format, delimiter } = this.#options;
    const port = new SerialPort({ path, baudRate, autoOpen: false, lock: true });
    const { countLines: count, now } = sink;
    const splitter = new LineSplitter({ maxBytes: maxLineBytes, count, startsAnywhere: true });
    const reader = new LineReader({ format, delimiter, columns: this.#options.columns, count, now });
    if (this.#columns) reader.useColumns(this.#columns);
    const ended = Promise.withResolvers<void>();
    let silence: NodeJS.Timeout | undefined;
    let look: NodeJS.Timeout | undefined;
    const hear = () => {
      clearTimeout(silence);
      if (timeoutS === 0) return;
      silence = setTimeout(() => ended.reject(new Error(`silent for ${timeoutS} s`)), timeoutS * 1000);
    };
    const stop = () => ended.resolve();
    port.on('data', (chunk: Buffer) => {
      hear();
      const readings = splitter.push(chunk).flatMap((line) => reader.read(line) ?? []);
      this.#columns = reader.columns;
      if (readings.length === 0) return;
      sink.state.isUp = true;
      sink.state.detail = `${path} at ${baudRate} baud`;
      onReading();
      sink.take(readings);
    });
    port.on('error', (error) => ended.reject(error));
    port.on('close', (error: Error | null) => ended.reject(error ?? new Error('the port was closed')));
    signal.addEventListener('abort', stop, { once: true });
    // Opening may fail before anybody waits for the end.
    ended.promise.catch(() => {});
    try {
      await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
      sink.state.detail = `${path} is open; no reading yet`;
      hear();
      look = watchFile(path, () => ended.reject(new Error('the port is gone; is the sensor plugged in?')));
      if (signal.aborted) return;
      await ended.promise;
    } finally {
      clearTimeout(silence);
      clearInterval(look);
      signal.removeEventListener('abort', stop);
      if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
    }
  }
}

/** Undefined where ports are no files, as on Windows. */
function watchFile(path: string, onGone: () => void): NodeJS.Timeout | undefined {
  const inode = () => statSync(path, { throwIfNoEntry: false })?.ino;
  const opened = inode();
  return opened === undefined ? undefined : setInterval(() => inode() !== opened && onGone(), lookMs);
}
