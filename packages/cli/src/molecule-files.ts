import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';

/** A CSV file with the column of its molecules. */
export interface MoleculeTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Place of the molecules in a row. */
  readonly column: number;
  readonly delimiter: string;
}

/** Headings that molecules are known to stand under, best first; compared without case and signs. */
const headings = ['smiles', 'canonicalsmiles', 'isomericsmiles', 'structure', 'molecule'];
/** In the order they win where a heading has as many of one as of another. */
const delimiters = [',', ';', '\t', '|'];

/** The bytes of a file, or of standard input for `-`. */
export async function readBytes(path: string, stdin: Context['stdin']): Promise<Buffer> {
  if (path === '-') return buffer(stdin);
  try {
    return await readFile(path);
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'there is no such file'
        : String(error);
    throw new UsageError(`${path}: ${reason}`);
  }
}

/** UTF-8 with or without its mark, UTF-16 with one, else Windows-1252, which every byte is a letter of. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/**
 * Reads CSV with a line of headings; the delimiter is the one of which the headings have most.
 * @param wanted the column by its heading, or by its number from 1; absent: guessed by its heading
 */
export function readTable(text: string, name: string, wanted?: string): MoleculeTable {
  const [first = ''] = text.split(/\r?\n/, 1);
  const count = (delimiter: string) => first.split(delimiter).length;
  const delimiter = delimiters.toSorted((a, b) => count(b) - count(a))[0] ?? ',';
  let records: string[][];
  try {
    records = parse(text, { delimiter, bom: true, relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    throw new UsageError(`${name} is not CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
  const [header, ...rows] = records;
  if (!header) throw new UsageError(`${name} is empty`);
  return { header, rows, column: columnOf(header, name, wanted), delimiter };
}

function columnOf(header: readonly string[], name: string, wanted: string | undefined): number {
  if (wanted !== undefined) {
    const byName = header.findIndex((title) => title.trim().toLowerCase() === wanted.trim().toLowerCase());
    if (byName >= 0) return byName;
    const byNumber = /^\d{1,6}$/.test(wanted) ? Number(wanted) - 1 : -1;
    if (byNumber >= 0 && byNumber < header.length) return byNumber;
    throw new UsageError(`${name} has no column ${wanted}; it has ${header.join(', ')}`);
  }
  const plain = header.map((title) => title.toLowerCase().replaceAll(/[^a-z]/g, ''));
  const guessed = headings.map((heading) => plain.indexOf(heading)).find((at) => at >= 0);
  if (guessed !== undefined) return guessed;
  if (header.length === 1) return 0;
  throw new UsageError(`which column of ${name} has the SMILES? Name it with --column: ${header.join(', ')}`);
}

/** Molecules one a line; what comes after a blank is their name and is left out. */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) yield* smilesOf(line);
  }
  yield* smilesOf(rest);
}

function* smilesOf(line: string): Generator<string> {
  const [smiles = ''] = line.trim().split(/\s+/, 1);
  if (smiles !== '') yield smiles;
}
