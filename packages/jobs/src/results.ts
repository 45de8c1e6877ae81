import { AppError, type Database, type Row } from '@sillage/kit';
import { unpackLines } from './storage/lines.ts';
import type { ObjectStore } from './storage/object-store.ts';
import type { Job, ResultPart } from './types.ts';

interface PartRow extends Row {
  key: string;
  rows: number;
  bytes: string;
}

/** The finished chunks of a job, in row order. */
export async function resultParts(
  database: Database,
  storage: ObjectStore,
  job: Job,
): Promise<readonly ResultPart[]> {
  if (job.purgedAt) {
    throw new AppError('not_found', `the results were deleted at ${job.purgedAt.toISOString()}`);
  }
  const chunks = await database.query<PartRow>(
    `select result_key as key, result_rows as rows, result_bytes as bytes from jobs.job_chunks
     where job_id = $1 and result_key is not null order by chunk_index`,
    [job.id],
  );
  const read = async (key: string): Promise<string> => {
    const packed = await storage.get(key);
    if (!packed) throw new AppError('not_found', 'the results have been deleted');
    return unpackLines(packed);
  };
  let first = 0;
  return chunks.map(({ key, rows, bytes }): ResultPart => {
    const place = first;
    first += rows;
    if (job.kind === 'predict') return { name: key, rows, bytes: Number(bytes), read: () => read(key) };
    // A chunk may hold fewer molecules than it was to find, so their places are known only now.
    return {
      name: key,
      rows,
      bytes: Number(bytes) + numberedBytes(place, rows),
      read: async () => {
        let index = place;
        return (await read(key)).replace(/^\{/gm, () => `{"index":${index++},`);
      },
    };
  });
}

/** What numbering rows from `first` adds to them. */
function numberedBytes(first: number, rows: number): number {
  let bytes = 0;
  for (let index = first; index < first + rows; index += 1) bytes += `"index":${index},`.length;
  return bytes;
}
