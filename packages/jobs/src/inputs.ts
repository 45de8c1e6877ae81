import type { Database, Row } from '@sillage/kit';
import { type InputRow, readInput } from './storage/input-rows.ts';
import type { ObjectStore } from './storage/object-store.ts';
import type { Job } from './types.ts';

interface PlaceRow extends Row {
  segment: number;
  start: string;
  length: number;
}

/** The molecules that a prediction job was given, in row order, a chunk at a time; none once they were deleted. */
export async function* jobInputs(
  database: Database,
  storage: ObjectStore,
  job: Job,
): AsyncGenerator<readonly InputRow[]> {
  if (job.purgedAt) return;
  const chunks = await database.query<PlaceRow>(
    `select input_segment as segment, input_offset as start, input_length as length from jobs.job_chunks
     where job_id = $1 and input_segment is not null order by chunk_index`,
    [job.id],
  );
  for (const { segment, start, length } of chunks) {
    yield await readInput(storage, job.id, { segment, offset: Number(start), length });
  }
}
