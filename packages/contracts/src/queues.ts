import { z } from 'zod';

/** The queue that delivers the chunks of jobs to workers, at least once. */
export const jobChunksQueue = 'job-chunks';

/** One chunk to be worked on: ids only, the job's row in Postgres has the rest. New fields are added as optional. */
export const jobChunkPayloadSchema = z.object({
  jobId: z.string().min(1).max(100),
  /** From 0. */
  chunkIndex: z.number().int().min(0),
  /** W3C trace context of the request that made the job. */
  trace: z.object({ traceparent: z.string().optional(), tracestate: z.string().optional() }),
});
export type JobChunkPayload = z.infer<typeof jobChunkPayloadSchema>;
