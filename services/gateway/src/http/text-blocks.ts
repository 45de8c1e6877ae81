import { AppError } from '@sillage/kit';

/** No line of a file of molecules is longer. */
export const maxLineBytes = 65_536;
/** Bytes looked at to tell the encoding. */
const signatureBytes = 3;
const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Text of a file that does not say its encoding: by its byte order mark, else UTF-8, and from the first line that is
 * not UTF-8 on Windows-1252 (Latin-1 as it is found in practice). `onEncoding` is told once the end is reached.
 * Whole lines come, in blocks, each ended by a newline. Throws invalid_input for what is no text and for a line without end.
 */
export async function* textBlocks(
  bytes: AsyncIterable<Uint8Array>,
  onEncoding: (encoding: string) => void,
): AsyncGenerator<string> {
  let carry: Buffer = Buffer.alloc(0);
  let decoder: BlockDecoder | undefined;
  let lines = 0;
  for await (const chunk of bytes) {
    carry = carry.length === 0 ? Buffer.from(chunk) : Buffer.concat([carry, chunk]);
    if (!decoder) {
      if (carry.length < signatureBytes) continue;
      decoder = decoderFor(carry);
      carry = carry.subarray(decoder.skip);
    }
    const end = decoder.endOfLines(carry);
    if (end > 0) {
      const text = oneLineEnd(decoder.decode(carry.subarray(0, end)));
      lines += countLines(text);
      yield text;
      carry = carry.subarray(end);
    }
    if (carry.length > maxLineBytes) {
      throw new AppError('invalid_input', `line ${lines + 1} is longer than ${maxLineBytes} bytes`);
    }
  }
  if (!decoder) {
    decoder = decoderFor(carry);
    carry = carry.subarray(decoder.skip);
  }
  if (carry.length > 0) yield oneLineEnd(decoder.decode(carry));
  onEncoding(decoder.encoding);
}

interface BlockDecoder {
  readonly encoding: string;
  /** Bytes of the byte order mark. */
  readonly skip: number;
  /** Where the last whole line ends; 0 when there is none. */
  endOfLines(bytes: Buffer): number;
  decode(bytes: Buffer): string;
}

function decoderFor(start: Buffer): BlockDecoder {
  if (start[0] === 0xff && start[1] === 0xfe) return utf16('utf-16le');
  if (start[0] === 0xfe && start[1] === 0xff) return utf16('utf-16be');
  const hasMark = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf;
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const latin = new TextDecoder('windows-1252');
  let isUtf8 = true;
  return {
    get encoding() {
      return isUtf8 ? 'utf-8' : 'windows-1252';
    },
    skip: hasMark ? 3 : 0,
    // A return at the very end may be half of a line's end.
    endOfLines: (bytes) =>
      bytes.lastIndexOf(newline) + 1 || bytes.lastIndexOf(carriageReturn, bytes.length - 2) + 1,
    decode: (bytes) => {
      if (bytes.includes(0)) throw new AppError('invalid_input', 'the file is not text: it has a zero byte');
      if (isUtf8) {
        try {
          return utf8.decode(bytes);
        } catch {
          isUtf8 = false;
        }
      }
      return latin.decode(bytes);
    },
  };
}

function utf16(encoding: 'utf-16le' | 'utf-16be'): BlockDecoder {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  const mark = Buffer.from(encoding === 'utf-16le' ? [newline, 0] : [0, newline]);
  return {
    encoding,
    skip: 2,
    endOfLines: (bytes) => {
      // A newline's two bytes may also stand across two characters: then it is no newline.
      let end = bytes.lastIndexOf(mark);
      while (end > 0 && end % 2 === 1) end = bytes.lastIndexOf(mark, end - 1);
      return end < 0 || end % 2 === 1 ? 0 : end + 2;
    },
    decode: (bytes) => decoder.decode(bytes),
  };
}

function oneLineEnd(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
