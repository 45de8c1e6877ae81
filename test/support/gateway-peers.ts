import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import { service as authServiceDefinition } from '@sillage/auth';
import { bootstrapAdmin } from '@sillage/auth/operations';
import {
  authService,
  type CreateDeviceRequest__Output,
  type Device,
  type IngestReadingsRequest__Output,
  inferenceService,
  type PredictRequest__Output,
  type PredictResponse,
  sensorsService,
} from '@sillage/contracts';
import { service as gatewayService } from '@sillage/gateway';
import {
  AppError,
  createLog,
  GrpcClient,
  Health,
  Metrics,
  type RunningService,
  startGrpcServer,
  startService,
} from '@sillage/kit';
import { type ApiClient, apiClient } from './api-client.ts';
import { testEncryptionKey } from './auth.ts';
import { makeTestFolder, startTestPostgres, type TestPostgres } from './postgres.ts';

/** What the peers of a gateway under test saw and do next. */
export interface PeerScript {
  /** The version of the model that answers. */
  modelVersion: string;
  /** SMILES of each Predict call. */
  readonly predicted: string[][];
  /** Name of the model that each Predict call asked for; empty where it named none. */
  readonly askedModels: string[];
  /** Whether the molecules of each Predict call were to be counted. */
  readonly counted: boolean[];
  readonly ingested: IngestReadingsRequest__Output[];
  /** Says `abandoned` when the caller of a generation has left. */
  readonly events: EventEmitter;
}

export interface GatewayUnderTest {
  readonly url: string;
  readonly postgres: TestPostgres;
  readonly script: PeerScript;
  readonly gateway: RunningService;
  /** What a worker needs to work on this gateway's jobs. */
  readonly workerEnv: Readonly<Record<string, string>>;
  /** A client with a key of a new tenant. */
  readonly tenant: (tier?: Tier) => Promise<ApiClient & { readonly key: string; readonly keyId: string }>;
  /** A client with the first administrator's key. */
  readonly admin: () => Promise<ApiClient>;
  /** Another gateway before the same peers; it stops with the rest. */
  readonly startGateway: (
    changes?: Readonly<Record<string, string>>,
  ) => Promise<{ readonly gateway: RunningService; readonly url: string }>;
  readonly stop: () => Promise<void>;
}

type Tier = 'TIER_FREE' | 'TIER_ENTERPRISE';
const timing = { queueMs: 0, inferenceMs: 1, totalMs: 1 };

/** A gateway before a real Postgres and a real auth; inference and sensors are real gRPC servers with small answers. */
export async function startGatewayUnderTest(
  changes: Readonly<Record<string, string>> = {},
): Promise<GatewayUnderTest> {
  const script: PeerScript = {
    modelVersion: '1',
    predicted: [],
    askedModels: [],
    counted: [],
    ingested: [],
    events: new EventEmitter(),
  };
  const postgres = await startTestPostgres();
  const folder = makeTestFolder();
  const common = {
    HOST: '127.0.0.1',
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    ENVIRONMENT: 'test',
    DATABASE_URL: postgres.url,
  };
  const auth = await startService(authServiceDefinition, {
    ...common,
    GRPC_PORT: '0',
    ENCRYPTION_KEY: testEncryptionKey,
  });
  const authTarget = `127.0.0.1:${auth.ports['grpc']}`;
  const inference = await startInference(script);
  const sensors = await startSensors(script);
  const gateways: RunningService[] = [];
  const startGateway = async (further: Readonly<Record<string, string>> = {}) => {
    const started = await startService(gatewayService, {
      ...common,
      PORT: '0',
      AUTH_TARGET: authTarget,
      INFERENCE_TARGET: `127.0.0.1:${inference.port}`,
      SENSORS_TARGET: `127.0.0.1:${sensors.port}`,
      RESULTS_DIR: folder,
      ENCRYPTION_KEY: testEncryptionKey,
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
      ...changes,
      ...further,
    });
    gateways.push(started);
    return { gateway: started, url: `http://127.0.0.1:${started.ports['http']}` };
  };
  const { gateway, url } = await startGateway();
  const authClient = new GrpcClient({
    definition: authService,
    target: authTarget,
    peer: 'auth',
    timeoutMs: 5000,
  });
  let tenants = 0;
  return {
    url,
    postgres,
    script,
    gateway,
    workerEnv: {
      DATABASE_URL: postgres.url,
      INFERENCE_TARGET: `127.0.0.1:${inference.port}`,
      RESULTS_DIR: folder,
      ENVIRONMENT: 'test',
      ENCRYPTION_KEY: testEncryptionKey,
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
    },
    tenant: async (tier = 'TIER_ENTERPRISE') => {
      tenants += 1;
      const { tenant } = await authClient.unary('CreateTenant', { name: `tenant ${tenants}`, tier });
      const { key, secret } = await authClient.unary('CreateKey', { tenantId: tenant?.id ?? '' });
      return { ...apiClient(url, secret), key: secret, keyId: key?.id ?? '' };
    },
    admin: async () => {
      const key = await bootstrapAdmin({
        databaseUrl: postgres.url,
        encryptionKey: '5a'.repeat(32),
        environment: 'test',
        tenantName: 'administrators',
      });
      return apiClient(url, key);
    },
    startGateway,
    stop: async () => {
      await Promise.all(gateways.map((running) => running.stop()));
      authClient.close();
      await Promise.all([inference.stop(1000), sensors.stop(1000), auth.stop()]);
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serverParts(name: string) {
  const { log } = await createLog({ service: name, level: 'silent' });
  return { host: '127.0.0.1', port: 0, log, metrics: new Metrics(name), health: new Health() };
}

async function startInference(script: PeerScript) {
  return startGrpcServer<typeof inferenceService>({
    ...(await serverParts('peer-inference')),
    definition: inferenceService,
    handlers: {
      Predict: async (request) => predict(script, request),
      Generate: async function* (request, { signal }) {
        if (request.description.startsWith('tax law')) {
          throw new AppError('not_understood', 'nothing in it is about smell', {
            extra: { suggestions: ['vanilla'] },
          });
        }
        signal.addEventListener('abort', () => script.events.emit('abandoned'), { once: true });
        const model = { name: 'generator', version: '1' };
        const seed = request.seed ?? 1;
        yield {
          started: { model, worker: 'baseline', language: 'en', understood: { vanilla: 1 }, seed },
        };
        yield { progress: { sampled: 8, valid: 8, accepted: 1 } };
        const found = request.description === 'rare' ? 1 : request.numMolecules;
        for (let index = 0; index < found; index += 1) {
          if (request.description === 'breaks' && index === 1) {
            throw new AppError('model_failed', 'the model gave no number');
          }
          if (request.unscored) {
            yield { candidates: { smiles: ['C'.repeat(index + 1)], novel: [index === 1] } };
            continue;
          }
          yield {
            molecule: {
              smiles: 'C'.repeat(index + 1),
              valid: true,
              match: 0.5,
              notes: ['vanilla'],
              probabilities: [0.5],
            },
          };
          if (request.description === 'waits') await once(signal, 'abort');
        }
        yield { finished: { sampled: 8, valid: 8, unique: 8, novel: 8, timing } };
      },
      PredictMixture: async ({ components, topK }) => ({
        model: { name: 'nose', version: script.modelVersion },
        notes: ['vanilla', 'sweet'].slice(0, topK),
        probabilities: [0.75, 0.5],
        intensity: 6,
        components: components.map(({ smiles, proportion }) => ({ smiles, proportion, share: 0.5 })),
        method: { name: 'scripted' },
        timing,
      }),
      Classify: () => Promise.reject(new AppError('internal', 'not asked by the gateway')),
      // The research API is held against the real service: test/contract/research.test.ts.
      FindSimilar: () => Promise.reject(new AppError('internal', 'not scripted')),
      ReadMap: () => Promise.reject(new AppError('internal', 'not scripted')),
      DescribeMolecules: () => Promise.reject(new AppError('internal', 'not scripted')),
      Evaluate: () => Promise.reject(new AppError('internal', 'not scripted')),
      DrawMolblocks: async ({ smiles }) => ({ molblocks: smiles.map(molblock) }),
      ListModels: async () => ({
        models: [
          {
            ref: { name: 'nose', version: script.modelVersion },
            task: 'odour-notes',
            isDefault: true,
            labels: ['vanilla'],
            figures: [{ dataset: 'panel', metric: 'macro_auroc', value: 0.9 }],
            license: 'MIT',
          },
          { ref: { name: 'nez', version: '7' }, task: 'odour-notes', labels: ['vanilla'] },
        ],
      }),
    },
  });
}

/** A file of one carbon, named by the molecule: long enough that large results have more than one segment. */
function molblock(smiles: string): string {
  return `${smiles.slice(0, 80)}\n  test\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 C   0  0\nM  END\n`;
}

function predict(script: PeerScript, request: PredictRequest__Output): PredictResponse {
  const name = request.model?.name ?? '';
  if (name === 'unknown') {
    const errors = [{ pointer: '/model/name', detail: 'there are: nose, nez' }];
    throw new AppError('not_found', 'no model unknown for odour-notes; there are: nose, nez', { errors });
  }
  script.predicted.push(request.smiles);
  script.askedModels.push(name);
  script.counted.push(request.countMolecules);
  const similar = request.include.includes('INCLUDE_SIMILAR')
    ? Array.from({ length: request.similarK || 5 }, () => ({
        smiles: 'CCO',
        similarity: 0.5,
        notes: ['sweet'],
      }))
    : [];
  return {
    model: name === 'nez' ? { name, version: '7' } : { name: 'nose', version: script.modelVersion },
    timing,
    rows: request.smiles.map((smiles) =>
      smiles === 'C1CC'
        ? {
            error: {
              code: 'invalid_input',
              detail: 'ring 1 is never closed',
              position: 2,
              hint: 'for instance C1CC1',
            },
          }
        : {
            prediction: {
              smiles,
              notes: ['vanilla', 'sweet'].slice(0, request.topK),
              probabilities: [0.97, 0.5],
              similar,
            },
          },
    ),
  };
}

async function startSensors(script: PeerScript) {
  const devices = new Map<string, Device>();
  const mine = (request: { tenantId: string; deviceId: string }): Device => {
    const device = devices.get(request.deviceId);
    if (device?.tenantId !== request.tenantId) throw new AppError('not_found', 'there is no such device');
    return device;
  };
  const make = (request: CreateDeviceRequest__Output): Device => ({
    id: `device-${devices.size + 1}`,
    tenantId: request.tenantId,
    name: request.name,
    sensorType: request.sensorType || 'smellnet-12',
    channels: ['NO2', 'VOC'],
    createdAt: '2026-11-21T10:00:00.000Z',
    calibration: { calibrated: false },
  });
  return startGrpcServer<typeof sensorsService>({
    ...(await serverParts('peer-sensors')),
    definition: sensorsService,
    handlers: {
      CreateDevice: async (request) => {
        const device = make(request);
        devices.set(String(device.id), device);
        return { device };
      },
      ListDevices: async ({ tenantId, limit, before }) => {
        const owned = [...devices.values()].filter((device) => device.tenantId === tenantId);
        const first = owned.findIndex(({ id }) => id === before) + 1;
        return { devices: owned.slice(first, first + limit) };
      },
      GetDevice: async (request) => ({ device: mine(request) }),
      DeleteDevice: async (request) => {
        devices.delete(String(mine(request).id));
        return {};
      },
      IngestReadings: async (request) => {
        mine(request);
        script.ingested.push(request);
        return { stored: request.block?.timeMs.length ?? 0 };
      },
      // Streams are held against the real service: test/contract/sensor-stream.test.ts.
      GetStream: async (request) => {
        mine(request);
        return { settled: 0 };
      },
      ListReadings: async (request) => {
        mine(request);
        return { block: script.ingested.at(-1)?.block ?? null };
      },
      // Arrays are held against the real service: test/contract/sensors.arrays.test.ts.
      CreateArray: () => Promise.reject(new AppError('not_found', 'no arrays here')),
      ListArrays: async () => ({}),
      DeleteArray: () => Promise.reject(new AppError('not_found', 'no arrays here')),
      ClassifyArray: () => Promise.reject(new AppError('not_found', 'no arrays here')),
      GetHistory: async (request) => {
        const { channels } = mine(request);
        return { resolution: 'RESOLUTION_MINUTE', channels: [...(channels ?? [])] };
      },
      ListCalibrations: async (request) => {
        mine(request);
        return {};
      },
      Calibrate: async (request) => ({
        device: mine(request),
        readingsUsed: 2,
        calibration: { mode: 'offset', baseline: { NO2: 30 }, readingsUsed: 2 },
      }),
      EraseTenant: async ({ tenantId }) => {
        const owned = [...devices.values()].filter((device) => device.tenantId === tenantId);
        for (const { id } of owned) devices.delete(id ?? '');
        return { devices: owned.length };
      },
      GetClassification: async (request) => {
        mine(request);
        return {
          status: 'CLASSIFICATION_STATUS_READY',
          substance: 'almond',
          substances: ['almond', 'cashew'],
          probabilities: [0.75, 0.25],
          notes: ['almond'],
          windowS: 100,
          neededS: 100,
          modelName: 'enose',
          modelVersion: '1',
        };
      },
    },
  });
}
