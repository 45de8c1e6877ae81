import type {
  GRPCInferenceServiceDefinition,
  ModelConfig,
  ModelInferRequest__Output,
  ModelInferResponse,
  ModelStatisticsMessage,
  OipDataType,
} from '@sillage/contracts';
import {
  AppError,
  type Handlers,
  type Health,
  invalidField,
  maxMessageBytes,
  type RequestContext,
  toAppError,
} from '@sillage/kit';
import { classify } from '../domain/tensors/classification.ts';
import type { DeclaredTensor } from '../repository/manifest.ts';
import type { ModelCatalogue } from '../serving/model-catalogue.ts';
import type { Duration } from '../serving/model-statistics.ts';
import { Permits } from '../serving/permits.ts';
import type { ServedModel } from '../serving/served-model.ts';
import { inferResponse, numberParameter, readInputs, readOutputs } from './infer-messages.ts';

const server = {
  name: 'sillage',
  version: '1.0.0',
  extensions: [
    'classification',
    'model_configuration',
    'model_repository',
    'binary_tensor_data',
    'statistics',
  ],
};
const platform = 'onnxruntime_onnx';
/** What a message needs beside its tensors. */
const headBytes = 64 * 1024;

export interface OpenInferenceParts {
  readonly catalogue: ModelCatalogue;
  readonly health: Health;
  /** Tensors of requests in work at the same time. */
  readonly maxMegabytes: number;
  /** Time that one message of a stream may take, milliseconds. */
  readonly maxMessageMs: number;
}

/** The Open Inference Protocol over every model of the repository. */
export function openInference(parts: OpenInferenceParts): Handlers<GRPCInferenceServiceDefinition> {
  const { catalogue, health, maxMessageMs } = parts;
  const permits = new Permits(parts.maxMegabytes * 1024 * 1024, 'bytes of tensors');
  return {
    ServerLive: async () => ({ live: true }),
    ServerReady: async () => ({ ready: health.isReady }),
    ModelReady: async ({ name, version }) => ({ ready: catalogue.find(name, version).state === 'READY' }),
    ServerMetadata: async () => ({ ...server, extensions: [...server.extensions] }),
    ModelMetadata: async ({ name, version }) => {
      const model = catalogue.resolve(name, version);
      return {
        name,
        versions: catalogue.readyVersions(name),
        platform,
        inputs: model.facts.signature.inputs.map(tensorMetadata),
        outputs: model.outputs.map(tensorMetadata),
      };
    },
    ModelInfer: (request, context) => infer(catalogue, permits, request, context),
    ModelStreamInfer: async (request, context) => {
      try {
        return { inferResponse: await infer(catalogue, permits, request, withTime(context, maxMessageMs)) };
      } catch (error) {
        const { message, code } = toAppError(error);
        if (code === 'cancelled') throw error;
        return { errorMessage: message };
      }
    },
    ModelConfig: async ({ name, version }) => ({ config: configOf(catalogue.resolve(name, version)) }),
    ModelStatistics: async ({ name, version }) => {
      if (name === '' && version !== '') throw invalidField('/name', 'a version is of a model: name it');
      const served = catalogue.entries().flatMap((entry) => entry.served ?? []);
      // One that is asked for by name must be there, also where it has nothing to tell.
      if (name !== '') catalogue.find(name, version);
      const asked = served.filter(
        ({ facts }) => (name === '' || facts.name === name) && (version === '' || facts.version === version),
      );
      return { modelStats: asked.map(statisticsOf) };
    },
    RepositoryIndex: async ({ ready }) => ({
      models: catalogue
        .entries()
        .filter(({ state }) => !ready || state === 'READY')
        .map(({ name, version, state, reason }) => ({ name, version, state, reason })),
    }),
    RepositoryModelLoad: async ({ modelName, parameters }) => {
      if (Object.keys(parameters).length > 0) {
        const detail =
          'configuration and files of a model come from the repository alone; send no parameters';
        throw invalidField('/parameters', detail);
      }
      await catalogue.load(modelName);
      return {};
    },
    RepositoryModelUnload: async ({ modelName }) => {
      await catalogue.unload(modelName);
      return {};
    },
  };
}

/** The context of one message of a stream, which itself has no end. */
function withTime(context: RequestContext, limitMs: number): RequestContext {
  return { ...context, deadlineMs: Math.min(context.deadlineMs, Date.now() + limitMs) };
}

async function infer(
  catalogue: ModelCatalogue,
  permits: Permits,
  request: ModelInferRequest__Output,
  context: RequestContext,
): Promise<ModelInferResponse> {
  const model = catalogue.resolve(request.modelName, request.modelVersion);
  const inputs = readInputs(request);
  const asked = readOutputs(request);
  const timeoutUs = numberParameter(request.parameters, 'timeout', '/parameters');
  const release = permits.take(inputs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0));
  try {
    const outputs = await model.infer(
      { inputs, outputs: asked.map(({ name }) => name) },
      {
        signal: context.signal,
        deadlineMs: timeoutUs
          ? Math.min(context.deadlineMs, Date.now() + timeoutUs / 1000)
          : context.deadlineMs,
      },
    );
    const bytes = outputs.reduce((sum, output) => sum + output.bytes.byteLength, 0);
    if (bytes > maxMessageBytes - headBytes) {
      throw new AppError(
        'too_large',
        `the outputs have ${bytes} bytes, more than one answer takes; ask for fewer`,
      );
    }
    const shown = outputs.map((output) => {
      const classes = asked.find(({ name }) => name === output.name)?.classes;
      return classes === undefined ? output : classify(output, classes, model.facts.labels);
    });
    return inferResponse(request, model.facts, shown);
  } finally {
    release();
  }
}

function tensorMetadata({ name, datatype, shape }: DeclaredTensor) {
  return { name, datatype, shape: [...shape] };
}

function configOf({ facts, outputs }: ServedModel): ModelConfig {
  const isBatched = facts.maxRows !== undefined;
  const tensor = ({ name, datatype, shape }: DeclaredTensor) => ({
    name,
    // The names of the configuration's types are those of the protocol, but for text.
    dataType: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}` as OipDataType,
    dims: isBatched ? shape.slice(1) : [...shape],
  });
  return {
    name: facts.name,
    platform,
    backend: 'onnxruntime',
    maxBatchSize: facts.maxRows ?? 0,
    input: facts.signature.inputs.map(tensor),
    output: outputs.map(tensor),
    defaultModelFilename: facts.fileName,
    ...(isBatched ? { dynamicBatching: { preferredBatchSize: [] } } : {}),
    ...(facts.isCached ? { responseCache: { enable: true } } : {}),
  };
}

function statisticsOf({ facts, statistics }: ServedModel): ModelStatisticsMessage {
  const { success, fail, queue, input, inference, output, cacheHit, cacheMiss } = statistics.durations;
  return {
    name: facts.name,
    version: facts.version,
    lastInference: statistics.lastInferenceMs,
    inferenceCount: statistics.inferences,
    executionCount: statistics.executions,
    inferenceStats: {
      success: nanoseconds(success),
      fail: nanoseconds(fail),
      queue: nanoseconds(queue),
      computeInput: nanoseconds(input),
      computeInfer: nanoseconds(inference),
      computeOutput: nanoseconds(output),
      cacheHit: nanoseconds(cacheHit),
      cacheMiss: nanoseconds(cacheMiss),
    },
    batchStats: statistics.batches.map(({ rows, count, inputMs, inferenceMs, outputMs }) => ({
      batchSize: rows,
      computeInput: nanoseconds({ count, ms: inputMs }),
      computeInfer: nanoseconds({ count, ms: inferenceMs }),
      computeOutput: nanoseconds({ count, ms: outputMs }),
    })),
  };
}

function nanoseconds({ count, ms }: Duration): { count: number; ns: number } {
  return { count, ns: Math.round(ms * 1e6) };
}
