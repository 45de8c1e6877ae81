/** One molecule of the index. */
export interface KnownOdorant {
  /** Canonical SMILES without stereo. */
  readonly smiles: string;
  /** Empty where none is known. */
  readonly name: string;
  readonly notes: readonly string[];
  readonly sources: readonly string[];
}

/** Unit vectors of all molecules of an index, row after row; a value is `step` times what is stored. */
export interface OdorantVectors {
  /** Int16 values in memory that all threads share: there is one copy, however many threads search it. */
  readonly block: SharedArrayBuffer;
  readonly count: number;
  readonly width: number;
  readonly step: number;
}

const columns = 'smiles\tname\tnotes\tsources';

/**
 * Reads odorants.tsv: a header, then one molecule a line, lists joined by semicolons.
 * @throws TypeError for a file of another form.
 */
export function parseOdorants(text: string): KnownOdorant[] {
  const [head, ...lines] = text.replace(/\n$/, '').split('\n');
  if (head !== columns) throw new TypeError(`the first line must be ${columns.replaceAll('\t', ', ')}`);
  // Most lists of sources occur many times: each is kept once.
  const lists = new Map<string, readonly string[]>([['', []]]);
  const listOf = (joined: string): readonly string[] => {
    const list = lists.get(joined) ?? joined.split(';');
    lists.set(joined, list);
    return list;
  };
  return lines.map((line, index) => {
    const [smiles, name, notes, sources, ...more] = line.split('\t');
    if (!smiles || name === undefined || notes === undefined || sources === undefined || more.length > 0) {
      throw new TypeError(`line ${index + 2} does not hold a SMILES and three columns more`);
    }
    return { smiles, name, notes: listOf(notes), sources: listOf(sources) };
  });
}

const headBytes = 12;
const rowsAtOnce = 64;

/**
 * Reads the unpacked odorants.bin: uint32 count, uint32 width, float32 step, then the low bytes of all int16 values,
 * one dimension after another, then their high bytes; little-endian. They are put row by row, as a search reads them.
 * @throws TypeError for a file of another size than it says.
 */
export function parseOdorantVectors(bytes: Uint8Array): OdorantVectors {
  if (bytes.length < headBytes) throw new TypeError('it is too short to hold an index');
  const head = new DataView(bytes.buffer, bytes.byteOffset, headBytes);
  const count = head.getUint32(0, true);
  const width = head.getUint32(4, true);
  const step = head.getFloat32(8, true);
  const size = count * width;
  if (bytes.length !== headBytes + 2 * size) {
    throw new TypeError(`${count} × ${width} values do not fill its ${bytes.length} bytes`);
  }
  const block = new SharedArrayBuffer(2 * size);
  const values = new Int16Array(block);
  const low = bytes.subarray(headBytes, headBytes + size);
  const high = bytes.subarray(headBytes + size);
  // Some rows at a time: going over all of them for each column would miss the cache at every value.
  for (let first = 0; first < count; first += rowsAtOnce) {
    const end = Math.min(count, first + rowsAtOnce);
    for (let column = 0; column < width; column++) {
      for (let row = first; row < end; row++) {
        const from = column * count + row;
        values[row * width + column] = ((high[from] ?? 0) << 8) | (low[from] ?? 0);
      }
    }
  }
  return { block, count, width, step };
}
