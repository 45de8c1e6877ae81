import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClassifyRequest__Output, inferenceService } from '@sillage/contracts';
import { AppError, createLog, Health, Metrics, startGrpcServer } from '@sillage/kit';
import { parse } from 'yaml';

const folder = join(import.meta.dirname, '../../models/enose-smellnet/2');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly task: string;
  readonly summary: string;
  readonly labels: readonly string[];
  readonly parameters: {
    readonly channels: readonly { readonly name: string }[];
    readonly other_channels: readonly { readonly name: string }[];
    readonly clean_air: Readonly<Record<string, number>>;
  };
}

/** The shipped e-nose model's own manifest: what the real server describes. */
export const enoseManifest: Manifest = parse(readFileSync(join(folder, 'manifest.yaml'), 'utf8'));

interface Golden {
  readonly channels: readonly string[];
  readonly cases: readonly {
    readonly name: string;
    /** Empty: a pattern that is no substance. */
    readonly substance: string;
    readonly frames: (number | null)[][];
    /** What Python computed, in the order of the manifest's labels. */
    readonly probabilities: readonly number[];
  }[];
}

/** Recorded windows and what the shipped model says of them. */
export const enoseGolden: Golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));

export interface ScriptedEnose {
  readonly port: number;
  /** What was last asked to be classified. */
  last: ClassifyRequest__Output | undefined;
  stop: () => Promise<void>;
}

/**
 * A real gRPC server that describes the shipped e-nose model and answers from the frames alone: two substances whose
 * shares follow the mean of the first channel (0-100), an unknown pattern above 500.
 */
export async function startScriptedEnose(port = 0): Promise<ScriptedEnose> {
  const { log } = await createLog({ service: 'scripted-enose', level: 'silent' });
  const { name, version, task, summary, labels, parameters } = enoseManifest;
  const model = { name, version };
  const refuse = () => Promise.reject(new AppError('unavailable', 'not part of this script'));
  const server = await startGrpcServer<typeof inferenceService>({
    definition: inferenceService,
    host: '127.0.0.1',
    port,
    log,
    metrics: new Metrics('scripted-enose'),
    health: new Health(),
    handlers: {
      Predict: refuse,
      PredictMixture: refuse,
      FindSimilar: refuse,
      ReadMap: refuse,
      DescribeMolecules: refuse,
      Evaluate: refuse,
      Generate: async function* () {
        yield await refuse();
      },
      DrawMolblocks: refuse,
      ListModels: async () => ({
        models: [
          {
            ref: model,
            task,
            summary,
            isDefault: true,
            labels: [...labels],
            parametersJson: JSON.stringify(parameters),
          },
        ],
      }),
      Classify: async (request) => {
        scripted.last = request;
        const level = Math.min(100, firstChannelMean(request)) / 100;
        const [first, second] = level >= 0.5 ? ['almond', 'garlic'] : ['garlic', 'almond'];
        return {
          model,
          substances: [first, second],
          probabilities: [Math.max(level, 1 - level), Math.min(level, 1 - level)],
          unknownPattern: firstChannelMean(request) > 500,
          notes: [first === 'almond' ? 'nutty' : 'alliaceous'],
        };
      },
    },
  });
  const scripted: ScriptedEnose = {
    port: server.port,
    last: undefined,
    stop: () => server.stop(1000),
  };
  return scripted;
}

/** The frames of a request, row by row. */
export function framesOf({ frames }: ClassifyRequest__Output): number[] {
  return Array.from({ length: frames.length / 4 }, (_, i) => frames.readFloatLE(i * 4));
}

function firstChannelMean(request: ClassifyRequest__Output): number {
  const column = framesOf(request).filter(
    (value, i) => i % request.channels.length === 0 && !Number.isNaN(value),
  );
  return column.reduce((sum, value) => sum + value, 0) / column.length;
}
