import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { LineReader, type LineReaderOptions } from '../lines/line-reader.ts';
import { type Line, LineSplitter } from '../lines/line-splitter.ts';
import { maxLineBytes, type Sink, type Source, slices } from './source.ts';

export interface FileOptions extends Pick<LineReaderOptions, 'format' | 'delimiter' | 'columns'> {
  /** `-`: standard input. */
  readonly path: string;
}

const positionSchema = z.object({
  offset: z.number().int().nonnegative(),
  columns: z.array(z.string()).nullable(),
});

/** A recording, or what another program writes: NDJSON or CSV. A file goes on where it was after a restart. */
export class FileSource implements Source {
  readonly #options: FileOptions;

  constructor(options: FileOptions) {
    this.#options = options;
  }

  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    const { path, format, delimiter } = this.#options;
    const isFile = path !== '-';
    const source = isFile ? await identify(path) : undefined;
    const known = source && sink.position(source.name);
    const position = known === undefined ? undefined : positionSchema.parse(JSON.parse(known));
    const offset = position && source && position.offset <= source.bytes ? position.offset : 0;
    const { countLines: count, now } = sink;
    const splitter = new LineSplitter({ maxBytes: maxLineBytes, count, offset });
    const reader = new LineReader({ format, delimiter, columns: this.#options.columns, count, now });
    // A header is not read again.
    if (offset > 0 && position?.columns) reader.useColumns(position.columns);
    const take = async (lines: readonly Line[]) => {
      const readings = lines.flatMap((line) => reader.read(line) ?? []);
      const last = lines.at(-1);
      if (!last) return;
      // What a recording holds is not of now: our clock has nothing to say about it.
      const timed = isFile ? readings.filter(({ timeMs }) => timeMs !== undefined) : readings;
      if (timed.length < readings.length) {
        throw new Error(`${path}: a line of a recording needs its time, as a column or member t in RFC 3339`);
      }
      const value = JSON.stringify({ offset: last.endOffset, columns: reader.columns ?? null });
      await sink.takeAll(timed, { signal, ...(source ? { position: { source: source.name, value } } : {}) });
    };
    sink.state.isUp = true;
    sink.state.detail = isFile ? `${path} from byte ${offset}` : 'standard input';
    const stream: AsyncIterable<Buffer> = isFile ? createReadStream(path, { start: offset }) : process.stdin;
    for await (const chunk of stream) {
      for (const lines of slices(splitter.push(chunk))) await take(lines);
      if (signal.aborted) return;
    }
    await take(splitter.finish());
    sink.state.isUp = false;
    sink.state.detail = `${isFile ? path : 'standard input'} is read to its end`;
  }
}

async function identify(path: string): Promise<{ readonly name: string; readonly bytes: number }> {
  try {
    const { ino, size } = await stat(path);
    return { name: `${path} ${ino}`, bytes: size };
  } catch {
    throw new Error(`${path} cannot be read: EDGE_INPUT must name a file, or - for standard input`);
  }
}
