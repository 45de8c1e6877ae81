/** Largest predict job: about 5 MB of SMILES, 391 chunks, some minutes of one inference server. */
export const maxPredictMolecules = 100_000;
/** Largest generate job: what one description can still be asked for without repeating itself. */
export const maxGenerateMolecules = 10_000;
/** Rows of a predict chunk: the most one Predict call takes, so a chunk is one call and one full batch. */
export const predictChunkRows = 256;
/** Molecules of a generate chunk: seconds of work, so that little is lost with a worker and progress is seen. */
export const generateChunkMolecules = 100;
