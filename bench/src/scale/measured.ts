import { z } from 'zod';
import { readData } from '../pages.ts';

export const measuredPath = 'bench/data/measured.json';

const positive = z.number().nonnegative();

/** What `bench scale` has measured on one machine, for the simulations that go on from it. */
export const measuredSchema = z.object({
  taken: z.string(),
  inference: z.object({
    rpcMs: positive,
    describeMs: positive,
    batchMs: positive,
    moleculeMs: positive,
    wayMs: positive,
    variation: z.array(positive),
    /** Molecules of a request that one core answers a second at most, by 16 callers. */
    peakPerS: positive,
    moleculesPerRequest: positive,
    /** Until it is ready, seconds. */
    startS: positive,
  }),
  fleet: z.object({
    gatewayMs: positive,
    cachedMs: positive,
    redisMs: positive,
    postgresMs: positive,
    authMs: positive,
    connectMs: positive,
    gatewayStartS: positive,
    workerStartS: positive,
    workers: z.array(z.object({ pairs: z.number(), perS: positive })),
    chunkMolecules: positive,
  }),
  /** Scored molecules a second that one core generates. */
  generatedPerS: positive,
});
export type Measured = z.infer<typeof measuredSchema>;

/** @throws Error where `bench scale` has not run. */
export function readMeasured(): Measured {
  try {
    return measuredSchema.parse(JSON.parse(readData(measuredPath)));
  } catch (error) {
    throw new Error(`${measuredPath} cannot be read: run npm run bench -- scale first`, { cause: error });
  }
}
