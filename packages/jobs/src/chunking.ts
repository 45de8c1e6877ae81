/** Rows of a predict chunk: the most one Predict call takes, so a chunk is one call and one full batch. */
export const predictChunkRows = 256;
/** Molecules of a generate chunk: seconds of work, so that little is lost with a worker and progress is seen. */
export const generateChunkMolecules = 100;

/** The same without scores: the most one Generate call takes. */
export const candidateChunkMolecules = 1000;

export interface ChunkRange {
  readonly index: number;
  readonly firstRow: number;
  readonly rowCount: number;
}

/** Splits `total` rows into chunks of `size`; the last one takes what is left. */
export function chunkRanges(total: number, size: number): ChunkRange[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, index) => ({
    index,
    firstRow: index * size,
    rowCount: Math.min(size, total - index * size),
  }));
}
