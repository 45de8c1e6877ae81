import type { InputReport, InputRow } from '@sillage/jobs';
import { AppError, invalidField } from '@sillage/kit';
import { CsvError, parse } from 'csv-parse';
import { maxLineBytes, textBlocks } from './text-blocks.ts';

export interface MoleculeFileOptions {
  readonly format: 'csv' | 'smiles';
  /** Of a CSV file: the name of the column, or its number from 1; absent: the column called smiles. */
  readonly column?: string | undefined;
}

/** Problems told with the job; every bad row has its line in the results. */
const maxProblems = 20;
/** What a column or a first line of SMILES is called. */
const smilesNames = ['smiles', 'canonical_smiles', 'canonicalsmiles', 'isomeric_smiles'];
const delimiters = [',', ';', '\t', '|'];

/**
 * The molecules of an uploaded file, row by row, whatever its encoding, line ends and delimiter; a row that holds none
 * comes with the reason. `report` is whole once the last row has been read.
 */
export class MoleculeFile {
  readonly #bytes: AsyncIterable<Uint8Array>;
  readonly #options: MoleculeFileOptions;
  readonly #problems: { line: number; detail: string }[] = [];
  #encoding = '';
  #delimiter: string | undefined;
  #column: string | undefined;
  #rows = 0;
  #rejected = 0;

  constructor(bytes: AsyncIterable<Uint8Array>, options: MoleculeFileOptions) {
    this.#bytes = bytes;
    this.#options = options;
  }

  get report(): InputReport {
    return {
      format: this.#options.format,
      encoding: this.#encoding,
      ...(this.#delimiter === undefined ? {} : { delimiter: this.#delimiter }),
      ...(this.#column === undefined ? {} : { column: this.#column }),
      rows: this.#rows,
      rejected: this.#rejected,
      problems: this.#problems,
    };
  }

  async *rows(): AsyncGenerator<InputRow> {
    const text = textBlocks(this.#bytes, (encoding) => {
      this.#encoding = encoding;
    });
    const rows = this.#options.format === 'csv' ? this.#csv(text) : smilesLines(text);
    for await (const row of rows) {
      this.#rows += 1;
      if (row.fault !== undefined) {
        this.#rejected += 1;
        if (this.#problems.length < maxProblems) {
          this.#problems.push({ line: row.line ?? 0, detail: row.fault });
        }
      }
      yield row;
    }
  }

  async *#csv(text: AsyncGenerator<string>): AsyncGenerator<InputRow> {
    const first = await text.next();
    if (first.done) return;
    this.#delimiter = delimiterOf(first.value);
    const parser = parse({
      delimiter: this.#delimiter,
      info: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      // A quote that is never closed would otherwise take in the rest of the file.
      max_record_size: maxLineBytes,
    });
    const feeding = feed(parser, first.value, text);
    try {
      let place: number | undefined;
      for await (const { record, info } of parser as AsyncIterable<{
        record: string[];
        info: { lines: number };
      }>) {
        if (place === undefined) place = this.#chooseColumn(record);
        else yield csvRow(record, { place, column: this.#column ?? '', line: firstLine(record, info.lines) });
      }
      await feeding;
    } catch (error) {
      throw error instanceof CsvError ? csvFault(error) : error;
    } finally {
      parser.destroy();
      await feeding.catch(() => {});
    }
  }

  /** The place of the SMILES, from the header line. */
  #chooseColumn(header: readonly string[]): number {
    const names = header.map((name) => name.trim());
    const { column } = this.#options;
    const place = placeOf(names, column);
    if (place !== undefined) {
      this.#column = names[place] ?? '';
      return place;
    }
    const wanted =
      column === undefined ? 'the column of the molecules is not called smiles' : 'there is no such column';
    throw invalidField(
      '/column',
      `${wanted}; the first line names ${names
        .slice(0, 20)
        .map((name) => JSON.stringify(name.slice(0, 60)))
        .join(', ')}; say which by ?column=, by name or number`,
    );
  }
}

function placeOf(names: readonly string[], column: string | undefined): number | undefined {
  const lower = names.map((name) => name.toLowerCase());
  const find = (wanted: string) => {
    const exact = names.indexOf(wanted);
    const place = exact === -1 ? lower.indexOf(wanted.toLowerCase()) : exact;
    return place === -1 ? undefined : place;
  };
  if (column === undefined) {
    for (const name of smilesNames) {
      const place = find(name);
      if (place !== undefined) return place;
    }
    return undefined;
  }
  const named = find(column);
  if (named !== undefined) return named;
  const number = /^\d{1,4}$/.test(column) ? Number(column) : 0;
  return number >= 1 && number <= names.length ? number - 1 : undefined;
}

function csvRow(
  record: readonly string[],
  at: { readonly place: number; readonly column: string; readonly line: number },
): InputRow {
  const { place, column, line } = at;
  const cell = record[place];
  if (cell === undefined) {
    const cells = record.length === 1 ? '1 cell' : `${record.length} cells`;
    const fault = `the row has ${cells}; column ${JSON.stringify(column)} is number ${place + 1}`;
    return { smiles: record.join(' ').slice(0, 200), line, fault };
  }
  const smiles = cell.trim();
  return smiles === ''
    ? { smiles, line, fault: `column ${JSON.stringify(column)} is empty` }
    : { smiles, line };
}

/** A record may have line breaks inside its quotes; it is known by the line it begins on. */
function firstLine(record: readonly string[], lastLine: number): number {
  let breaks = 0;
  for (const cell of record) if (cell.includes('\n')) breaks += cell.split('\n').length - 1;
  return lastLine - breaks;
}

function csvFault(error: CsvError): AppError {
  const line = 'lines' in error ? ` at line ${String(error['lines'])}` : '';
  const detail =
    error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE'
      ? `a row${line} is longer than ${maxLineBytes} bytes or its quote is never closed`
      : `the file is not CSV${line}`;
  return new AppError('invalid_input', detail, { internal: error.message });
}

/** The delimiter that the first line has most of, outside quotes. */
function delimiterOf(text: string): string {
  const line = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const counts = delimiters.map((delimiter) => line.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** Hands the text on as fast as it is read. */
async function feed(
  parser: ReturnType<typeof parse>,
  first: string,
  rest: AsyncGenerator<string>,
): Promise<void> {
  // The parser may end early, by a fault of the file: then nobody asks for more.
  const ended = new Promise<void>((resolve) => parser.once('close', resolve));
  const write = async (text: string) => {
    if (parser.destroyed || parser.write(text)) return;
    await Promise.race([new Promise((resolve) => parser.once('drain', resolve)), ended]);
  };
  try {
    await write(first);
    for await (const text of rest) {
      if (parser.destroyed) return;
      await write(text);
    }
    if (!parser.destroyed) parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** A SMILES file: the molecule, then, after a blank, what it is called. Empty lines do not count. */
async function* smilesLines(text: AsyncGenerator<string>): AsyncGenerator<InputRow> {
  let line = 0;
  let isFirst = true;
  for await (const block of text) {
    const lines = block.split('\n');
    // A block ends with the end of a line, save perhaps the last one.
    if (lines.at(-1) === '') lines.pop();
    for (const content of lines) {
      line += 1;
      const [smiles] = content.trim().split(/\s/, 1);
      if (smiles === undefined || smiles === '') continue;
      const isTitle = isFirst && smilesNames.includes(smiles.toLowerCase());
      isFirst = false;
      if (!isTitle) yield { smiles, line };
    }
  }
}
