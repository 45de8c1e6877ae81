import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type GenerateRequest__Output,
  type GenerateResponse,
  inferenceService,
  type PredictRequest__Output,
  type PredictResponse,
} from '@sillage/contracts';
import { AppError, createLog, type ErrorCode, Health, Metrics, startGrpcServer } from '@sillage/kit';

/** What the peer of a test does; changed while it runs. */
export interface InferenceScript {
  /** Time one Predict takes. */
  predictMs: number;
  /** Codes the next calls fail with, one each. */
  failures: ErrorCode[];
  /** Predict calls, from now on, after which the next ones hang until their caller leaves. */
  hangAfter: number;
  /** Whether what begins with X is taken, though it is no element. */
  isForgiving: boolean;
  /** How many different molecules there are to be generated. */
  poolSize: number;
}

export interface ScriptedInference {
  readonly target: string;
  readonly script: InferenceScript;
  /** Resolves when a call hangs. */
  readonly hanging: () => Promise<void>;
  /** Resolves when the caller of a hanging call has left. */
  readonly abandoned: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Answers at once, without a failure. */
export const usualScript: Readonly<InferenceScript> = {
  predictMs: 0,
  failures: [],
  hangAfter: Number.POSITIVE_INFINITY,
  isForgiving: false,
  poolSize: 1000,
};

const model = { name: 'scripted', version: '1' };
const timing = { queueMs: 0, inferenceMs: 1, totalMs: 1 };

/** A real gRPC server that speaks the inference contract with answers computed from the request alone. */
export async function startScriptedInference(): Promise<ScriptedInference> {
  const script: InferenceScript = { ...usualScript };
  const hanging = Promise.withResolvers<void>();
  const abandoned = Promise.withResolvers<void>();
  const nextFailure = () => {
    const code = script.failures.shift();
    if (code) throw new AppError(code, `scripted ${code}`);
  };
  const refuse = () => Promise.reject(new AppError('unavailable', 'not part of this script'));
  const { log } = await createLog({ service: 'scripted-inference', level: 'silent' });
  const server = await startGrpcServer<typeof inferenceService>({
    definition: inferenceService,
    host: '127.0.0.1',
    port: 0,
    log,
    metrics: new Metrics('scripted-inference'),
    health: new Health(),
    handlers: {
      Predict: async (request, { signal }) => {
        nextFailure();
        script.hangAfter -= 1;
        if (script.hangAfter < 0) {
          hanging.resolve();
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          abandoned.resolve();
        }
        await delay(script.predictMs, undefined, { signal });
        return predict(request, script.isForgiving);
      },
      Generate: async function* (request) {
        nextFailure();
        yield* generate(request, script.poolSize);
      },
      PredictMixture: refuse,
      FindSimilar: refuse,
      ReadMap: refuse,
      DescribeMolecules: refuse,
      Evaluate: refuse,
      Classify: refuse,
      DrawMolblocks: refuse,
      ListModels: refuse,
    },
  });
  return {
    target: `127.0.0.1:${server.port}`,
    script,
    hanging: () => hanging.promise,
    abandoned: () => abandoned.promise,
    stop: () => server.stop(1000),
  };
}

/** A probability that depends on the molecule alone, so that a swapped row shows. */
export function scriptedProbability(smiles: string): number {
  return createHash('sha256').update(smiles).digest().readUInt16LE() / 65_536;
}

function predict({ smiles }: PredictRequest__Output, isForgiving: boolean): PredictResponse {
  return {
    model,
    timing,
    rows: smiles.map((input) =>
      input.startsWith('X') && !isForgiving
        ? { error: { code: 'invalid_input', detail: 'X is no element', position: 1, hint: '' } }
        : { prediction: { smiles: input, notes: ['vanilla'], probabilities: [scriptedProbability(input)] } },
    ),
  };
}

/** Draws from a pool of molecules without those to be left out; another seed draws in another order. */
function* generate(request: GenerateRequest__Output, poolSize: number): Generator<GenerateResponse> {
  yield {
    started: {
      model,
      worker: 'baseline',
      language: 'en',
      understood: { vanilla: 1 },
      unrecognised: [],
      seed: request.seed ?? 0,
    },
  };
  const excluded = new Set(request.excludeSmiles);
  const order = (place: number) => createHash('sha256').update(`${request.seed}/${place}`).digest('hex');
  const drawn = Array.from({ length: poolSize }, (_, place) => ({ place, key: order(place) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ place }) => 'C'.repeat(place + 1))
    .filter((smiles) => !excluded.has(smiles))
    .slice(0, request.numMolecules);
  for (const smiles of drawn) {
    yield {
      molecule: { smiles, valid: true, novel: true, match: 0.5, molecularWeight: 100, safetyScore: 1 },
    };
  }
  const count = drawn.length;
  yield { finished: { sampled: count, valid: count, unique: count, novel: count, timing } };
}
