import {
  type AuthServiceDefinition,
  type GRPCInferenceServiceDefinition,
  mayUseModel,
  openInferenceService,
} from '@sillage/contracts';
import {
  asBytes,
  type BytesMethod,
  GrpcClient,
  type GrpcServerHandle,
  type GrpcServerOptions,
  type Handlers,
  type MethodName,
  startGrpcServer,
} from '@sillage/kit';
import { recordModelChange } from '../clients/audit.ts';
import { callerOf, type Exchange } from '../http/exchange.ts';
import { requireModel } from '../middleware/authorisation.ts';
import type { Admit } from './admission.ts';
import { modelNameOf } from './model-name.ts';

/** ModelInfer as bytes: tensors are not unpacked on their way through. */
const passedOn = { ModelInfer: asBytes(openInferenceService.ModelInfer) };
type DoorDefinition = {
  [K in MethodName<GRPCInferenceServiceDefinition>]: K extends 'ModelInfer'
    ? BytesMethod
    : GRPCInferenceServiceDefinition[K];
};
const doorDefinition: DoorDefinition = { ...openInferenceService, ...passedOn };

/** Each may hold a message of 32 MB. */
const maxConcurrentCalls = 64;
/** Loading a large model takes its time. */
const loadTimeoutMs = 300_000;

export interface InferenceDoorOptions
  extends Pick<
    GrpcServerOptions<DoorDefinition>,
    'host' | 'port' | 'log' | 'metrics' | 'health' | 'defaultTimeoutMs'
  > {
  readonly inferenceTarget: string;
  readonly timeoutMs: number;
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly tensors: GrpcClient<GRPCInferenceServiceDefinition>;
  readonly admit: Admit;
}

/** The public gRPC door: inference.GRPCInferenceService behind the keys, scopes and limits of the HTTP door. */
export async function startInferenceDoor(options: InferenceDoorOptions): Promise<GrpcServerHandle> {
  const { auth, tensors, admit, timeoutMs } = options;
  const bytes = new GrpcClient<typeof passedOn>({
    definition: passedOn,
    target: options.inferenceTarget,
    peer: 'inference',
    timeoutMs,
  });
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
        requireModel(exchange, modelNameOf(request));
        return bytes.unary('ModelInfer', request);
      }),
    ModelStatistics: (request, context, call) =>
      admit(call, context, 'any', async (exchange) => {
        if (request.name !== '') requireModel(exchange, request.name);
        const { modelStats } = await tensors.unary('ModelStatistics', request);
        return { modelStats: modelStats.filter(({ name }) => mine(exchange, name)) };
      }),
    RepositoryIndex: (request, context, call) =>
      admit(call, context, 'any', async (exchange) => {
        const { models } = await tensors.unary('RepositoryIndex', request);
        return { models: models.filter(({ name }) => mine(exchange, name)) };
      }),
    RepositoryModelLoad: (request, context, call) =>
      admit(call, context, 'admin', async (exchange, http) => {
        requireModel(exchange, request.modelName);
        const answer = await tensors.unary('RepositoryModelLoad', request, { timeoutMs: loadTimeoutMs });
        await recordModelChange(auth, http, 'loaded', request.modelName);
        return answer;
      }),
    RepositoryModelUnload: (request, context, call) =>
      admit(call, context, 'admin', async (exchange, http) => {
        requireModel(exchange, request.modelName);
        const answer = await tensors.unary('RepositoryModelUnload', request, { timeoutMs: loadTimeoutMs });
        await recordModelChange(auth, http, 'unloaded', request.modelName);
        return answer;
      }),
  };
  const server = await startGrpcServer<DoorDefinition>({
    ...options,
    maxConcurrentCalls,
    definition: doorDefinition,
    handlers,
  });
  return {
    port: server.port,
    stop: async (remainingMs) => {
      await server.stop(remainingMs);
      bytes.close();
    },
  };
}
