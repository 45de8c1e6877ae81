/** What a file seems to be, from its beginning: the server reads it for itself and tells what it found. */
export interface FilePreview {
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly hasMark: boolean;
  /** Undefined: lines of SMILES. */
  readonly delimiter: string | undefined;
  readonly columns: readonly string[];
  /** Place of the column that is called as SMILES are called; -1: none is. */
  readonly smilesColumn: number;
  readonly rows: readonly (readonly string[])[];
}

export type FileFault = 'empty' | 'tooLarge' | 'spreadsheet' | 'archive' | 'sdf' | 'binary' | 'unknownType';

/** As the API says (docs/api.md). */
export const maxFileBytes = 256 * 1024 * 1024;
/** Read of a file to show what is in it. */
export const previewBytes = 64 * 1024;
const previewRows = 5;
const smilesNames = ['smiles', 'canonical_smiles', 'canonicalsmiles', 'isomeric_smiles'];
const delimiters = [',', ';', '\t', '|'];

/** What is wrong with a file before anything of it is sent; undefined: nothing that shows from here. */
export function fileFault(name: string, bytes: number): FileFault | undefined {
  if (bytes === 0) return 'empty';
  if (bytes > maxFileBytes) return 'tooLarge';
  if (/\.(xlsx?|ods|numbers)$/i.test(name)) return 'spreadsheet';
  if (/\.(zip|7z|rar|tar|tgz)$/i.test(name)) return 'archive';
  if (/\.(sdf|mol|mol2|sd)(\.gz)?$/i.test(name)) return 'sdf';
  if (!/\.(csv|tsv|txt|smi|smiles|ism)(\.gz)?$/i.test(name)) return 'unknownType';
  return undefined;
}

/** The type to send a file with, by its name and what is in it. */
export function typeOf(name: string, preview: FilePreview | undefined): string {
  if (/\.(csv|tsv)(\.gz)?$/i.test(name)) return 'text/csv';
  if (/\.(smi|smiles|ism)(\.gz)?$/i.test(name)) return 'chemical/x-daylight-smiles';
  return preview?.delimiter === undefined ? 'chemical/x-daylight-smiles' : 'text/csv';
}

export function isPacked(name: string): boolean {
  return /\.gz$/i.test(name);
}

/** Reads the beginning of a text file. Undefined: it is no text. */
export function previewOf(name: string, start: Uint8Array): FilePreview | undefined {
  const { encoding, skip } = encodingOf(start);
  const text = new TextDecoder(encoding).decode(start.subarray(skip));
  if (text.includes('\0')) return undefined;
  const lines = text.split(/\r\n?|\n/).filter((line) => line.trim() !== '');
  const first = lines[0] ?? '';
  const isSmiles = /\.(smi|smiles|ism)$/i.test(name);
  const delimiter = isSmiles ? undefined : delimiterOf(first);
  const isTable = !isSmiles && (delimiter !== undefined || /\.(csv|tsv)$/i.test(name));
  if (!isTable) {
    const rows = lines.slice(0, previewRows).map((line) => line.trim().split(/\s+/, 2));
    return { encoding, hasMark: skip > 0, delimiter: undefined, columns: [], smilesColumn: 0, rows };
  }
  const by = delimiter ?? ',';
  const columns = cellsOf(first, by).map((cell) => cell.trim());
  return {
    encoding,
    hasMark: skip > 0,
    delimiter: by,
    columns,
    smilesColumn: columns.findIndex((column) => smilesNames.includes(column.toLowerCase())),
    rows: lines.slice(1, previewRows + 1).map((line) => cellsOf(line, by)),
  };
}

function encodingOf(start: Uint8Array): { encoding: FilePreview['encoding']; skip: number } {
  const [one, two, three] = start;
  if (one === 0xff && two === 0xfe) return { encoding: 'utf-16le', skip: 2 };
  if (one === 0xfe && two === 0xff) return { encoding: 'utf-16be', skip: 2 };
  if (one === 0xef && two === 0xbb && three === 0xbf) return { encoding: 'utf-8', skip: 3 };
  try {
    // `stream`: a character that is cut at the end of what was read is no fault.
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return { encoding: 'utf-8', skip: 0 };
  } catch {
    return { encoding: 'windows-1252', skip: 0 };
  }
}

function delimiterOf(line: string): string | undefined {
  const bare = line.replaceAll(/"[^"]*"/g, '');
  const counts = delimiters.map((delimiter) => bare.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return most === 0 ? undefined : delimiters[counts.indexOf(most)];
}

function cellsOf(line: string, delimiter: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (const character of line) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === delimiter && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else cell += character;
  }
  return [...cells, cell];
}
