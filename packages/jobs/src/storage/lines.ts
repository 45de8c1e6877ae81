import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** NDJSON lines as they are kept, and their size before packing; off the event loop. */
export async function packLines(lines: readonly string[]): Promise<{ packed: Buffer; bytes: number }> {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return { packed: await compress(text), bytes: text.length };
}

export async function unpackLines(packed: Buffer): Promise<string> {
  return (await decompress(packed)).toString('utf8');
}
