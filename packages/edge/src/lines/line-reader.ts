import { type CountLines, isPlausible, type ParsedLine } from '../reading.ts';
import { type Delimiter, isHeader, readRow, splitCells } from './csv.ts';
import { readJsonLine } from './json-line.ts';
import type { Line } from './line-splitter.ts';

export const lineFormats = ['auto', 'csv', 'json'] as const;
export type LineFormat = (typeof lineFormats)[number];

export interface LineReaderOptions {
  /** `auto`: a line that begins with a brace is JSON, any other CSV. */
  readonly format: LineFormat;
  readonly delimiter?: Delimiter | undefined;
  /** Names of the CSV's columns; absent: its header tells them. `-` is passed over. */
  readonly columns?: readonly string[] | undefined;
  readonly count: CountLines;
  now: () => number;
}

/** Reads lines of a sensor; what cannot be one is counted and passed over, and the next line is read as if nothing were. */
export class LineReader {
  readonly #options: LineReaderOptions;
  /**
   * The last header of each width. A board says more than its header in words ("WiFi connected"); what is as wide as the
   * rows is what names them.
   */
  readonly #headers = new Map<number, readonly string[]>();
  #columns: readonly string[] | undefined;

  constructor(options: LineReaderOptions) {
    this.#options = options;
    if (options.columns) this.useColumns(options.columns);
  }

  /** Columns of the last row that was read. */
  get columns(): readonly string[] | undefined {
    return this.#columns;
  }

  /** As if this header had come. */
  useColumns(columns: readonly string[]): void {
    this.#columns = columns;
    this.#headers.set(columns.length, columns);
  }

  read({ text, mayBeHalf }: Line): ParsedLine | undefined {
    const { format, count } = this.#options;
    // The replacement character stands where bytes were no text.
    if (/[\p{Cc}\uFFFD]/u.test(text.replaceAll('\t', ''))) return this.#drop(mayBeHalf ? 'half' : 'garbled');
    const isJson = format === 'json' || (format === 'auto' && text.startsWith('{'));
    const row = isJson ? readJsonLine(text) : this.#readCsv(text, mayBeHalf);
    if (typeof row === 'string') return this.#drop(mayBeHalf && row === 'garbled' ? 'half' : row);
    const { timeMs, isTimeWrong, channels } = row;
    const isWrong = isTimeWrong || (timeMs !== undefined && !isPlausible(timeMs, this.#options.now()));
    count(isWrong ? 'bad_time' : 'read');
    return { timeMs: isWrong ? undefined : timeMs, channels };
  }

  #readCsv(text: string, mayBeHalf: boolean) {
    const cells = splitCells(text, this.#options.delimiter);
    if (!cells) return 'columns';
    if (isHeader(cells)) {
      if (!this.#options.columns) this.#headers.set(cells.length, cells);
      return 'header';
    }
    // A row that lost its beginning may still have the right number of cells, the first one cut.
    if (mayBeHalf) return 'half';
    const columns = this.#headers.get(cells.length);
    if (!columns) return 'columns';
    this.#columns = columns;
    return readRow(cells, columns) ?? 'garbled';
  }

  #drop(outcome: Parameters<CountLines>[0]): undefined {
    this.#options.count(outcome);
    return undefined;
  }
}
