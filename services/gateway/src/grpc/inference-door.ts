import {
  type AuthServiceDefinition,
  type GRPCInferenceServiceDefinition,
  mayUseModel,
  openInferenceService,
} from '@sillage/contracts';
import {
  asBytes,
  type BytesMethod,
  type ErrorCode,
  type GrpcClient,
  type GrpcServerHandle,
  type GrpcServerOptions,
  type Handlers,
  type MethodName,
  runInRequest,
  startGrpcServer,
  toAppError,
} from '@sillage/kit';
import { recordModelChange } from '../clients/audit.ts';
import { passedOn, type TensorPools } from '../clients/tensor-pools.ts';
import { callerOf, type Exchange } from '../http/exchange.ts';
import { requireModel } from '../middleware/authorisation.ts';
import { refuseParameters } from '../routes/open-inference.ts';
import type { Admit } from './admission.ts';
import { modelNameOf } from './model-name.ts';

type DoorDefinition = {
  [K in MethodName<GRPCInferenceServiceDefinition>]: K extends 'ModelInfer' | 'ModelStreamInfer'
    ? BytesMethod
    : GRPCInferenceServiceDefinition[K];
};
const doorDefinition: DoorDefinition = {
  ...openInferenceService,
  ...passedOn,
  ModelStreamInfer: asBytes(openInferenceService.ModelStreamInfer),
};

/** Each may hold a message of 32 MB. */
const maxConcurrentCalls = 64;
/** Before the door stands a load balancer; connections end only so that new pods get some of them. */
const maxConnectionAgeMs = 60_000;

export interface InferenceDoorOptions
  extends Pick<
    GrpcServerOptions<DoorDefinition>,
    'host' | 'port' | 'log' | 'metrics' | 'health' | 'defaultTimeoutMs' | 'also'
  > {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly tensors: TensorPools;
  /** Time that one message of a stream may take, milliseconds. */
  readonly timeoutMs: number;
  readonly admit: Admit;
}

/** What holds for every further message too. */
const endsStream: ReadonlySet<ErrorCode> = new Set(['unauthenticated', 'cancelled']);

/** A ModelStreamInferResponse around an answer that stays as it is: field 2, with its length before it. */
export function streamedAnswer(answer: Uint8Array): Buffer {
  const head = [0x12];
  let length = answer.byteLength;
  for (; length > 0x7f; length = Math.floor(length / 128)) head.push((length % 128) | 0x80);
  head.push(length);
  return Buffer.concat([Buffer.from(head), answer]);
}

/** The public gRPC door: inference.GRPCInferenceService behind the keys, scopes and limits of the HTTP door. */
export async function startInferenceDoor(options: InferenceDoorOptions): Promise<GrpcServerHandle> {
  const { auth, tensors, admit } = options;
  const mine = (exchange: Exchange, name: string) => mayUseModel(callerOf(exchange).scopes, name);
  const handlers: Handlers<DoorDefinition> = {
    ServerLive: async () => ({ live: true }),
    ServerReady: async () => {
      const peer = tensors.unary('ServerReady', {}, { timeoutMs: 1000 }).catch(() => ({ ready: false }));
      return { ready: options.health.isReady && (await peer).ready };
    },
    ServerMetadata: (_request, context, call) =>
      admit(call, context, 'any', () => tensors.unary('ServerMetadata', {})),
    ModelReady: (request, context, call) =>
      admit(call, context, 'any', (exchange) => {
        requireModel(exchange, request.name);
        return tensors.unary('ModelReady', request);
      }),
    ModelMetadata: (request, context, call) =>
      admit(call, context, 'any', (exchange) => {
        requireModel(exchange, request.name);
        return tensors.unary('ModelMetadata', request);
      }),
    ModelConfig: (request, context, call) =>
      admit(call, context, 'any', (exchange) => {
        requireModel(exchange, request.name);
        return tensors.unary('ModelConfig', request);
      }),
    ModelInfer: (request, context, call) =>
      admit(call, context, 'predict', async (exchange) => {
        const model = modelNameOf(request);
        requireModel(exchange, model.name);
        return tensors.inferBytes(request, model);
      }),
    // Each message is a request of its own, to the policy and to inference.
    ModelStreamInfer: async (request, context, call) => {
      const own = { ...context, deadlineMs: Math.min(context.deadlineMs, Date.now() + options.timeoutMs) };
      try {
        const answer = await runInRequest(own, () =>
          admit(call, own, 'predict', async (exchange) => {
            const model = modelNameOf(request);
            requireModel(exchange, model.name);
            return tensors.inferBytes(request, model);
          }),
        );
        return streamedAnswer(answer);
      } catch (error) {
        const failure = toAppError(error);
        if (endsStream.has(failure.code)) throw failure;
        return openInferenceService.ModelStreamInfer.responseSerialize({ errorMessage: failure.message });
      }
    },
    ModelStatistics: (request, context, call) =>
      admit(call, context, 'any', async (exchange) => {
        if (request.name !== '') requireModel(exchange, request.name);
        const { modelStats } = await tensors.statistics(request);
        return { modelStats: modelStats.filter(({ name }) => mine(exchange, name)) };
      }),
    RepositoryIndex: (request, context, call) =>
      admit(call, context, 'any', async (exchange) => {
        const { models } = await tensors.index(request);
        return { models: models.filter(({ name }) => mine(exchange, name)) };
      }),
    RepositoryModelLoad: (request, context, call) =>
      admit(call, context, 'admin', async (exchange, http) => {
        requireModel(exchange, request.modelName);
        refuseParameters(request.parameters);
        await tensors.change('load', request.modelName);
        await recordModelChange(auth, http, 'loaded', request.modelName);
        return {};
      }),
    RepositoryModelUnload: (request, context, call) =>
      admit(call, context, 'admin', async (exchange, http) => {
        requireModel(exchange, request.modelName);
        await tensors.change('unload', request.modelName);
        await recordModelChange(auth, http, 'unloaded', request.modelName);
        return {};
      }),
  };
  return startGrpcServer<DoorDefinition>({
    ...options,
    maxConcurrentCalls,
    maxConnectionAgeMs,
    definition: doorDefinition,
    handlers,
  });
}
