import type { Database, Row } from '@sillage/kit';
import { type InputColumns, type InputRow, inputOf, readInput } from './storage/input-rows.ts';
import type { ObjectStore } from './storage/object-store.ts';
import type { Job } from './types.ts';

type PlaceRow = InputColumns & Row;

/** The molecules that a prediction job was given, in row order, a chunk at a time; none once they were deleted. */
export async function* jobInputs(
  database: Database,
  storage: ObjectStore,
  job: Job,
): AsyncGenerator<readonly InputRow[]> {
  if (job.purgedAt) return;
  const chunks = await database.query<PlaceRow>(
    `select input_segment, input_offset, input_length, input_text from jobs.job_chunks
     where job_id = $1 and input_segment is not null order by chunk_index`,
    [job.id],
  );
  for (const chunk of chunks) {
    const input = inputOf(chunk);
    if (input !== undefined) yield await readInput(storage, job.id, input);
  }
}
