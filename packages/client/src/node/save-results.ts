import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ResultFormat, Sillage, StreamOptions } from '../index.ts';

export interface SaveResultsOptions extends StreamOptions {
  readonly format?: ResultFormat | undefined;
  /** Told after each piece: bytes that are there, and bytes in all where known. */
  readonly onProgress?: ((bytes: number, total: number | undefined) => void) | undefined;
}

/**
 * Saves the results of a job as a file; resolves with its bytes. What is there so far is kept in `FILE.part`, with
 * its ETag in `FILE.part.etag`: the same call goes on where an earlier one, or an earlier program, stopped. Throws
 * ResultsChangedError where the results are no longer those; delete both files then.
 */
export async function saveResults(
  client: Sillage,
  jobId: string,
  file: string,
  { onProgress, ...options }: SaveResultsOptions = {},
): Promise<number> {
  const part = `${file}.part`;
  const tagFile = `${part}.etag`;
  const etag = await readFile(tagFile, 'utf8').catch(() => undefined);
  // Without its tag nobody can say what the part is of.
  const offset = etag === undefined ? 0 : await sizeOf(part);
  let saved = offset;
  let total: number | undefined;
  let tagged: Promise<void> | undefined;
  const pieces = client.jobs.download(jobId, {
    ...options,
    ...(offset > 0 ? { offset, etag } : {}),
    onStart: (about) => {
      total = about.bytes;
      if (about.etag !== undefined) tagged ??= writeFile(tagFile, about.etag);
    },
  });
  const counted = async function* () {
    for await (const bytes of pieces) {
      await tagged;
      yield bytes;
      saved += bytes.length;
      onProgress?.(saved, total);
    }
  };
  await pipeline(Readable.from(counted()), createWriteStream(part, { flags: offset > 0 ? 'a' : 'w' }));
  await rename(part, file);
  await rm(tagFile, { force: true });
  return saved;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
