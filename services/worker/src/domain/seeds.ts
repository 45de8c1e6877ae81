import { createHash } from 'node:crypto';

/**
 * The seed of one Generate call, 0 to 2^32 - 1: the same for the same job seed, chunk and try, so that a chunk that
 * is run again asks the same; different between chunks, so that they do not find the same molecules.
 */
export function callSeed(jobSeed: number, chunkIndex: number, attempt: number): number {
  return createHash('sha256').update(`${jobSeed}/${chunkIndex}/${attempt}`).digest().readUInt32LE();
}
