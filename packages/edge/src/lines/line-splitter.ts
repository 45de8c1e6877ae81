import type { CountLines } from '../reading.ts';

const newline = 0x0a;
const carriageReturn = 0x0d;
/** Read with replacement: what is no UTF-8 is found as such, and does not hide the lines around it. */
const utf8 = new TextDecoder('utf-8');

/** A line, and where in the bytes given so far it ended. */
export interface Line {
  readonly text: string;
  /** Whether bytes before its beginning may be missing. */
  readonly mayBeHalf: boolean;
  readonly endOffset: number;
}

/**
 * Cuts bytes into lines, however they come in pieces. A line longer than the bound is dropped up to its end, so that a
 * sender without line ends costs no memory. Either of LF and CR ends a line; empty ones are passed over.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #count: CountLines;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isOverlong = false;
  #mayBeHalf: boolean;
  #offset: number;

  constructor(options: {
    maxBytes: number;
    count: CountLines;
    /** The first line may have begun before we listened. */
    startsAnywhere?: boolean;
    offset?: number;
  }) {
    this.#maxBytes = options.maxBytes;
    this.#count = options.count;
    this.#mayBeHalf = options.startsAnywhere ?? false;
    this.#offset = options.offset ?? 0;
  }

  push(chunk: Uint8Array): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte !== newline && byte !== carriageReturn) continue;
      this.#add(chunk.subarray(from, at));
      this.#end(lines, this.#offset + at + 1);
      from = at + 1;
    }
    this.#add(chunk.subarray(from));
    this.#offset += chunk.length;
    return lines;
  }

  /** The last line of what ends without a line end, as a file may. */
  finish(): Line[] {
    const lines: Line[] = [];
    this.#end(lines, this.#offset);
    return lines;
  }

  #add(piece: Uint8Array): void {
    if (piece.length === 0 || this.#isOverlong) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) {
      this.#isOverlong = true;
      this.#pieces = [];
      return;
    }
    // A copy: whoever gave us the bytes may write over them.
    this.#pieces.push(Uint8Array.from(piece));
  }

  #end(lines: Line[], endOffset: number): void {
    const mayBeHalf = this.#mayBeHalf;
    if (this.#isOverlong) this.#count('overlong');
    else if (this.#bytes > 0) {
      const text = utf8.decode(Buffer.concat(this.#pieces)).trim();
      if (text !== '') lines.push({ text, mayBeHalf, endOffset });
    }
    this.#mayBeHalf = false;
    this.#isOverlong = false;
    this.#pieces = [];
    this.#bytes = 0;
  }
}
