import { FragmentScores } from '@sillage/chem';
import { inferenceService, openInferenceService, opsService } from '@sillage/contracts';
import { alsoServes, reportSelf, type ServiceDefinition, startGrpcServer } from '@sillage/kit';
import { openRowCache } from './cache/open-cache.ts';
import { configSchema } from './config.ts';
import { scanRepository } from './repository/scan.ts';
import { defaultsHere, selectModels } from './repository/selection.ts';
import { classify } from './rpc/classify.ts';
import { describeMolecules } from './rpc/describe-molecules.ts';
import { drawMolblocks } from './rpc/draw-molblocks.ts';
import { evaluate } from './rpc/evaluate.ts';
import { findSimilar } from './rpc/find-similar.ts';
import { GenerationMeter, generate } from './rpc/generate.ts';
import { listModels } from './rpc/list-models.ts';
import { openInference } from './rpc/open-inference.ts';
import { predict } from './rpc/predict.ts';
import { predictMixture } from './rpc/predict-mixture.ts';
import { readMap } from './rpc/read-map.ts';
import { buildServing } from './serving/build.ts';
import { warmCache } from './serving/warm-cache.ts';
import { ThreadPool } from './threads/thread-pool.ts';

/** Models at work: chemistry, batching and ONNX Runtime behind sillage.inference.v1 and the Open Inference Protocol. */
export const service: ServiceDefinition<typeof configSchema> = {
  name: 'inference',
  config: configSchema,
  start: async ({ config, log, metrics, health, defer }) => {
    const found = await scanRepository(config.MODEL_PATH);
    const scanned = selectModels(found, config.MODELS);
    const pool = new ThreadPool({
      setup: {
        models: scanned.models,
        device: config.DEVICE,
        intraOpThreads: config.INTRA_OP_THREADS,
        fragmentScores: FragmentScores.load().memory,
      },
      maxThreads: config.MAX_WORKERS,
      idleMs: config.WORKER_IDLE_MS,
      log,
    });
    defer('threads', () => pool.close());
    const cache = await openRowCache({ config, metrics, log, defer });
    const serving = await buildServing({
      ...{ config, scanned, pool, cache, metrics, log },
      defaults: defaultsHere(config.DEFAULT_MODELS, found, scanned),
    });
    defer('batch queues', () => serving.close());

    const meter = new GenerationMeter(metrics);
    meter.declare(serving.generator.workers);
    const server = await startGrpcServer({
      definition: inferenceService,
      host: config.HOST,
      port: config.GRPC_PORT,
      defaultTimeoutMs: config.INFERENCE_TIMEOUT,
      log,
      metrics,
      health,
      handlers: {
        Predict: (request, context) => predict(serving.predictor, request, context),
        PredictMixture: (request, context) => predictMixture(serving.predictor, request, context),
        Generate: (request, context) => generate(serving.generator, meter, request, context),
        Classify: (request, context) => classify(serving.classifier, request, context),
        DrawMolblocks: (request, context) => drawMolblocks(serving, request, context),
        FindSimilar: (request, context) => findSimilar(serving.predictor, request, context),
        ReadMap: (request, context) => readMap(serving.predictor, request, context),
        DescribeMolecules: (request, context) => describeMolecules(serving, request, context),
        Evaluate: (request, context) => evaluate(serving, request, context),
        ListModels: async () => listModels(serving.repository),
      },
      also: [
        alsoServes(opsService, { Describe: () => reportSelf('inference', { config, health }) }),
        alsoServes(
          openInferenceService,
          openInference({
            catalogue: serving.catalogue,
            health,
            maxMegabytes: config.MAX_TENSOR_MB_IN_FLIGHT,
            maxMessageMs: config.INFERENCE_TIMEOUT,
          }),
        ),
      ],
    });
    defer('gRPC server', (remainingMs) => server.stop(remainingMs));
    if (config.CACHE_WARM_ROWS > 0 && serving.repository.defaultOf('odour-notes') !== undefined) {
      const stopping = new AbortController();
      const warming = warmCache({
        cache,
        predictor: serving.predictor,
        limit: config.CACHE_WARM_ROWS,
        log,
        signal: stopping.signal,
      });
      defer('cache warm-up', () => {
        stopping.abort();
        return warming;
      });
    }
    return { grpc: server.port };
  },
};
