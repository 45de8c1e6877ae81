import { maxChannels } from '@sillage/contracts';
import { numberTime, textTime } from './times.ts';

/** Columns that hold the time of a reading, however they are written. */
const timeNames = new Set(['t', 'time', 'timestamp']);
/** A column by this name is passed over. */
const skipped = '-';
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const notMeasured = new Set(['', 'nan', 'null', 'na', 'n/a']);
const columnName = /^[\p{L}_][\p{L}\p{N}_ .%/()°-]{0,63}$/u;

export const delimiters = { comma: ',', semicolon: ';', tab: '\t', space: ' ' } as const;
export type Delimiter = keyof typeof delimiters;

export interface CsvRow {
  /** Undefined: the row has no time, or one that is none. */
  readonly timeMs: number | undefined;
  readonly isTimeWrong: boolean;
  readonly channels: Record<string, number | null>;
}

/** The cells of a line. Without a delimiter told, the first of tab, semicolon and comma that is there; else spaces. */
export function splitCells(line: string, delimiter: Delimiter | undefined): string[] | undefined {
  const found = delimiter ?? guess(line);
  // A cell more than a device can have channels, and one for the time, is enough to refuse it.
  const cells =
    found === 'space'
      ? line.split(/\s+/, maxChannels + 2)
      : line.split(delimiters[found], maxChannels + 2).map((cell) => cell.trim());
  if (cells.length > maxChannels + 1) return undefined;
  // Where cells are parted by semicolons, the comma is a decimal one.
  return found === 'semicolon' ? cells.map((cell) => cell.replace(/^([+-]?\d*),(\d+)/, '$1.$2')) : cells;
}

function guess(line: string): Delimiter {
  if (line.includes('\t')) return 'tab';
  if (line.includes(';')) return 'semicolon';
  return line.includes(',') ? 'comma' : 'space';
}

/** Whether cells are names of columns: none is a number, each could be a name, and none is there twice. */
export function isHeader(cells: readonly string[]): boolean {
  const isNamed = cells.every(
    (cell) =>
      cell === skipped ||
      (columnName.test(cell) && !number.test(cell) && !notMeasured.has(cell.toLowerCase())),
  );
  const names = cells.filter((cell) => cell !== skipped);
  return isNamed && names.length > 0 && new Set(names).size === names.length;
}

/** A row by its columns; undefined: a cell is no number. */
export function readRow(cells: readonly string[], columns: readonly string[]): CsvRow | undefined {
  const channels: Record<string, number | null> = {};
  let timeMs: number | undefined;
  let isTimeWrong = false;
  for (const [index, name] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (name === skipped) continue;
    if (timeNames.has(name.toLowerCase())) {
      timeMs = number.test(cell) ? numberTime(Number(cell)) : textTime(cell);
      isTimeWrong = timeMs === undefined && cell !== '';
      continue;
    }
    if (number.test(cell)) channels[name] = Number(cell);
    else if (notMeasured.has(cell.toLowerCase())) channels[name] = null;
    else return undefined;
    if (!Number.isFinite(channels[name] ?? 0)) return undefined;
  }
  return { timeMs, isTimeWrong, channels };
}
