import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { apiVersion, authService, sensorsService } from '@sillage/contracts';
import { InferencePools, poolTargets } from '@sillage/inference-client';
import {
  AddressPolicy,
  jobSchemas,
  openJobService,
  openStorage,
  showJobs,
  showProcess,
  storageVariables,
  webhookVariables,
} from '@sillage/jobs';
import {
  type BaseConfig,
  databaseVariables,
  encryptionVariables,
  env,
  GrpcClient,
  Keyring,
  listen,
  NotificationListener,
  openDatabase,
  redisVariables,
  reportSelf,
  retryWhileAway,
  type ServiceContext,
  type ServiceDefinition,
  showVolumes,
} from '@sillage/kit';
import { z } from 'zod';
import { type AppParts, createApp } from './app.ts';
import { Erasures } from './clients/erasures.ts';
import { FleetView } from './clients/fleet-view.ts';
import { answerBrokenRequests, httpLimits } from './clients/http-limits.ts';
import { stopServer } from './clients/http-server.ts';
import { JobCharges } from './clients/job-charges.ts';
import { KeyVerifier } from './clients/key-verifier.ts';
import { limiterSchema, limitStores, openLimiter } from './clients/open-limiter.ts';
import { Quotas } from './clients/quotas.ts';
import { Sessions } from './clients/sessions.ts';
import { TensorPools } from './clients/tensor-pools.ts';
import { TokenVerifier } from './clients/token-verifier.ts';
import { UsageRecorder } from './clients/usage-recorder.ts';
import { PredictionCache } from './domain/prediction-cache.ts';
import { admission } from './grpc/admission.ts';
import { startInferenceDoor } from './grpc/inference-door.ts';
import { readingsDoor } from './grpc/readings-door.ts';
import { OverloadGate } from './http/overload-gate.ts';
import { StreamHub } from './streams/stream-hub.ts';
import { StreamTickets } from './streams/tickets.ts';
import { serveUpgrades, shouldUpgrade } from './streams/upgrades.ts';

const target = (what: string) => env.text(`host:port of ${what}`);

const config = z.object({
  PORT: env.port().default(8080),
  AUTH_TARGET: target('auth'),
  /** One pool, or several by commas, each with its share of what others serve too: host:port=100,host:port=5. */
  INFERENCE_TARGET: poolTargets('inference'),
  SENSORS_TARGET: target('sensors'),
  /** Another server of the Open Inference Protocol (Triton, KServe) for /v2 and its gRPC. Absent: inference. */
  TENSORS_TARGET: poolTargets('a server of the Open Inference Protocol').optional(),
  /** Open Inference Protocol over gRPC; 0 takes a free port. Absent: that door stays shut. */
  GRPC_PORT: env.port().optional(),
  ...databaseVariables,
  /** Where inputs and results of jobs lie. */
  ...storageVariables,
  ...encryptionVariables,
  ...webhookVariables,
  /** Absent: limits are counted and the queue lives in Postgres. */
  ...redisVariables,
  /** Where limits are counted; `memory` only where there is one gateway. Absent: in Redis where there is one. */
  RATE_LIMIT_STORE: z.enum(limitStores).optional(),
  /** False: who sends no key shares one anonymous tenant. */
  API_KEY_REQUIRED: env.boolean().default(true),
  /** Requests a minute from one address without a key that holds; 0: no limit, for a network that nobody else is on. */
  RATE_LIMIT_PER_MINUTE: env.integer(0, 1_000_000).default(60),
  /** Origins whose pages may call the API, by commas; `*` lets all in. */
  CORS_ORIGINS: env.list().default([]),
  /** Proxies between the clients and us, whose X-Forwarded-For is believed. */
  TRUST_PROXY_HOPS: env.integer(0, 10).default(0),
  /**
   * Seconds for which browsers then refuse plain HTTP (RFC 6797), told on requests that came by TLS as X-Forwarded-Proto
   * of a trusted proxy says; 0: nothing is told, as nothing here knows that TLS will stay.
   */
  HSTS_MAX_AGE_S: env.integer(0, 63_072_000).default(0),
  /** Folder of the built console, served at /; empty: none. */
  CONSOLE_DIR: z
    .string()
    .refine((folder) => folder === '' || existsSync(join(folder, 'index.html')), 'has no index.html')
    .default(''),
  /** Ready-made answers kept in memory, megabytes; 0 keeps none. */
  CACHE_MEMORY_MB: env.integer(0, 16_384).default(64),
  CACHE_TTL_HOURS: env.integer(1, 8760).default(24),
  /** Fewest bytes a second that a body comes with, over BODY_WINDOW_MS; 0: any rate will do. */
  MIN_BODY_BYTES_PER_S: env.integer(0, 1_000_000).default(1024),
  BODY_WINDOW_MS: env.integer(100, 60_000).default(10_000),
  /**
   * The delay in queues that is aimed at, milliseconds: with more of it requests are refused before they are read
   * (docs/overload.md). 0: none are, and inference alone refuses what its queue cannot take.
   */
  OVERLOAD_DELAY_MS: env.integer(0, 10_000).default(0),
  /** Most requests in flight, whatever was measured; a body counts as one more for each 128 bytes. */
  OVERLOAD_MAX_IN_FLIGHT: env.integer(32, 100_000).default(4096),
  /** Longest a usual request may take, milliseconds. */
  REQUEST_TIMEOUT_MS: env.integer(100, 600_000).default(30_000),
  /** Longest a generation may take, milliseconds. */
  GENERATE_TIMEOUT_MS: env.integer(1000, 3_600_000).default(300_000),
});

/** Of the start; pools that were scaled to nothing come with requests, not before. */
const inferenceWaitMs = 15_000;

/** So that the first requests are answered. */
async function waitForInference(
  { log, health, signal }: Pick<ServiceContext<BaseConfig>, 'log' | 'health' | 'signal'>,
  inference: InferencePools,
): Promise<void> {
  const waiting = AbortSignal.any([signal, AbortSignal.timeout(inferenceWaitMs)]);
  try {
    await retryWhileAway({ log, health, signal: waiting }, 'inference', () => inference.check());
  } catch (error) {
    if (signal.aborted || !waiting.aborted) throw error;
    log.warn('inference is not there; serving what goes without it');
  }
}

/** The public door: REST and server-sent events over what the fleet does. */
export const service: ServiceDefinition<typeof config> = {
  name: 'gateway',
  config,
  schemas: (stores) => [...jobSchemas(stores), limiterSchema(stores)],
  start: async (context) => {
    const { log, health, metrics, defer } = context;
    const settings = context.config;
    const databaseUrl = settings.DATABASE_URL.reveal();
    const redisUrl = settings.REDIS_URL?.reveal();

    const client = { timeoutMs: settings.REQUEST_TIMEOUT_MS };
    const auth = new GrpcClient({
      ...client,
      definition: authService,
      target: settings.AUTH_TARGET,
      peer: 'auth',
    });
    const inference = new InferencePools({
      ...{ ...client, targets: settings.INFERENCE_TARGET, log, metrics },
      observer: {
        answered: (callMs, workMs) => gate.answered(callMs, workMs),
        pushedBack: () => gate.pushedBack(),
      },
    });
    defer('inference', () => inference.close());
    const sensors = new GrpcClient({
      ...client,
      definition: sensorsService,
      target: settings.SENSORS_TARGET,
      peer: 'sensors',
    });
    const tensorTargets = settings.TENSORS_TARGET ?? settings.INFERENCE_TARGET;
    const tensors = new TensorPools({ ...client, targets: tensorTargets, log, metrics });
    defer('tensors', () => tensors.close());
    // Without auth or Postgres nobody is let in. Without one of the others the rest goes on.
    for (const [name, peer] of Object.entries({ auth, sensors })) {
      defer(name, () => peer.close());
      health.addCheck(name, () => peer.waitForReady(1000), { isVital: name === 'auth' });
    }

    const database = openDatabase(context, 'gateway');
    const storage = await openStorage(settings);
    defer('storage', async () => storage.close());
    defer('look at volumes', showVolumes({ results: settings.RESULTS_DIR }, metrics, log));
    const keyring = Keyring.fromConfig(settings);
    const jobs = await openJobService({ databaseUrl, database, storage, keyring, redisUrl, log, metrics });
    defer('jobs', () => jobs.close());
    health.addCheck('jobs', () => jobs.check(), { isVital: false });
    defer('look at jobs', showJobs(database, metrics, log));
    defer(
      'report',
      showProcess(database, () => reportSelf('gateway', context), log),
    );

    const limiter = await openLimiter(context, database);
    const tokens = new TokenVerifier({ ask: (options) => auth.unary('GetSigningKeys', {}, options) });
    const verifier = new KeyVerifier({
      askKey: (key, options) => auth.unary('VerifyKey', { key }, options),
      askClient: (clientId, options) => auth.unary('CheckClient', { clientId }, options),
      tokens,
      isListening: () => revocations.isConnected,
    });
    const gate: OverloadGate = new OverloadGate({
      ...{ targetMs: settings.OVERLOAD_DELAY_MS, most: settings.OVERLOAD_MAX_IN_FLIGHT },
      ...{ verifier, log, metrics },
    });
    defer('overload gate', async () => gate.close());
    const revocations: NotificationListener = new NotificationListener({
      url: databaseUrl,
      channel: 'auth_keys',
      log,
      onMessage: (what) => {
        if (what === 'signing-keys') verifier.doubtTokens();
        else if (what.startsWith('tenant:')) verifier.forgetTenant(what.slice('tenant:'.length));
        else verifier.forget(what);
      },
      onGap: () => verifier.doubtAll(),
    });
    defer('revocations', () => revocations.close());

    const quotas = new Quotas({ auth, log });
    defer('quotas', () => quotas.close());
    const usage = new UsageRecorder({ write: (batch) => auth.unary('RecordUsage', batch), log });
    defer('usage', () => usage.close());
    const charges = new JobCharges({ auth, jobs, log });
    defer('charges of jobs', () => charges.stop());

    const erasures = new Erasures({ auth, sensors, jobs, log });
    defer('erasures', () => erasures.close());

    health.addCheck('inference', () => inference.check(), { isVital: false });
    await waitForInference(context, inference);

    const stopping = new AbortController();
    const streams = new StreamHub({ metrics });
    const parts: AppParts = {
      auth,
      inference,
      tensors,
      sensors,
      jobs,
      verifier,
      tokens,
      limiter,
      quotas,
      charges,
      erasures,
      fleet: new FleetView({
        authTarget: settings.AUTH_TARGET,
        sensorsTarget: settings.SENSORS_TARGET,
        inferenceTargets: settings.INFERENCE_TARGET,
        jobs,
      }),
      webhookPolicy: new AddressPolicy(settings.WEBHOOK_ALLOWED_NETWORKS),
      streams,
      tickets: new StreamTickets({ keyring, limiter }),
      sessions: new Sessions({ keyring, limiter }),
      usage,
      gate,
      cache: new PredictionCache({
        maxBytes: settings.CACHE_MEMORY_MB * 1024 * 1024,
        ttlMs: settings.CACHE_TTL_HOURS * 3_600_000,
      }),
      health,
      metrics,
      log,
      stopping: stopping.signal,
      settings: {
        isKeyRequired: settings.API_KEY_REQUIRED,
        perMinute: settings.RATE_LIMIT_PER_MINUTE,
        corsOrigins: settings.CORS_ORIGINS,
        trustedProxies: settings.TRUST_PROXY_HOPS,
        hstsMaxAgeS: settings.HSTS_MAX_AGE_S,
        minBodyBytesPerS: settings.MIN_BODY_BYTES_PER_S,
        bodyWindowMs: settings.BODY_WINDOW_MS,
        requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
        generateTimeoutMs: settings.GENERATE_TIMEOUT_MS,
        version: apiVersion,
        consoleDir: settings.CONSOLE_DIR || undefined,
      },
    };
    const app = createApp(parts);
    const server = createServer({ ...httpLimits, shouldUpgradeCallback: shouldUpgrade }, gate.before(app));
    serveUpgrades(server, app);
    answerBrokenRequests(server, { metrics });
    await listen(server, settings.HOST, settings.PORT);
    defer('http', async (remainingMs) => {
      stopping.abort();
      await Promise.all([streams.drain(), stopServer(server, remainingMs)]);
    });
    const ports = { http: (server.address() as AddressInfo).port };
    if (settings.GRPC_PORT === undefined) return ports;
    const admit = admission(parts);
    const timeoutMs = settings.REQUEST_TIMEOUT_MS;
    const door = await startInferenceDoor({
      ...{ host: settings.HOST, port: settings.GRPC_PORT, log, metrics, health, auth, tensors },
      defaultTimeoutMs: timeoutMs,
      timeoutMs,
      admit,
      also: [readingsDoor({ admit, sensors, verifier, streams, timeoutMs })],
    });
    defer('gRPC', (remainingMs) => door.stop(remainingMs));
    return { ...ports, grpc: door.port };
  },
};
