import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseRecording, type Synthesis, synthesise, type Trace } from '@sillage/recordings';
import { z } from 'zod';
import { UsageError } from '../errors.ts';

export interface TraceOptions {
  readonly recording?: string | undefined;
  readonly substance?: string | undefined;
  readonly from: number;
  readonly seconds?: number | undefined;
  readonly seed: number;
  readonly modelFolder?: string | undefined;
}

const synthesisSchema: z.ZodType<Synthesis> = z.object({
  channels: z.array(z.string()).min(1),
  seconds: z.number().positive(),
  substances: z.record(
    z.string(),
    z.object({
      course: z.array(z.array(z.number())).min(1),
      spread: z.array(z.number()),
      noise: z.array(z.number()),
    }),
  ),
});
const synthesisedSeconds = 200;
/** Of a checkout, where this file is part of one. */
const defaultModel = join(import.meta.dirname, '../../../../models/enose-smellnet/2');

/** A recording from a file, or a synthetic one from the statistics of a substance's training recordings. */
export async function readTrace(options: TraceOptions): Promise<Trace> {
  const { recording, substance, from, seconds } = options;
  if ((recording === undefined) === (substance === undefined)) {
    throw new UsageError('give a recording (a CSV file), or --substance NAME');
  }
  if (recording !== undefined) {
    const recorded = parseRecording(await read(recording), basename(recording));
    const rows = recorded.rows.slice(from, seconds === undefined ? undefined : from + seconds);
    if (rows.length === 0) throw new UsageError(`${recorded.title} ends before second ${from}`);
    return { ...recorded, rows };
  }
  const file = join(options.modelFolder ?? defaultModel, 'synthesis.json');
  const model = synthesisSchema.parse(JSON.parse(await read(file)));
  const request = {
    substance: substance ?? '',
    from,
    seconds: seconds ?? synthesisedSeconds,
    seed: options.seed,
  };
  return synthesise(model, request);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
