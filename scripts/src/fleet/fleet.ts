import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DataFolder } from './data-folder.ts';
import { KeptPostgres } from './kept-postgres.ts';
import { inferenceRuntime } from './lone-inference.ts';
import { ServiceProcess } from './process.ts';

const root = join(import.meta.dirname, '../../..');

/** Started together; stopped in this order, so that whoever calls stops before whoever is called. */
const serviceNames = ['gateway', 'worker', 'sensors', 'inference', 'auth'] as const;
export type ServiceName = (typeof serviceNames)[number];

const stopTimeoutMs = 20_000;
const readyTimeoutMs = 30_000;

/**
 * A small young generation keeps the processes small on one machine: a fifth less memory in all, measured idle
 * (bench). Inference has what it needs; gateway and sensors have more, since what they allocate is what a request costs:
 * with the smallest, sensors spent a sixth of their time under load on collecting, and with 16 MB instead of 8 a cached
 * answer of the gateway takes a tenth less.
 */
const nodeOptions = (name: ServiceName): readonly string[] => {
  if (name === 'inference') return inferenceRuntime.nodeOptions;
  const sizes: Partial<Record<ServiceName, number>> = { gateway: 16, sensors: 8 };
  return [`--max-semi-space-size=${sizes[name] ?? 1}`];
};

export interface FleetOptions {
  readonly dataDir: string;
  /** The gateway's port; 0 takes a free one. */
  readonly port: number;
  /** Where the gateway serves the Open Inference Protocol over gRPC; absent or 0, a free port. */
  readonly grpcPort?: number | undefined;
  readonly host: string;
  /** Your Postgres; absent, one comes from a package and keeps its data in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** Fleet mode: queue, cache and limits on Redis. Absent: embedded, all of it on Postgres and in memory. */
  readonly redisUrl?: string | undefined;
  /** Further variables for every service. */
  readonly env?: Readonly<Record<string, string>>;
  readonly showLog?: boolean;
  readonly onEvent?: (text: string) => void;
}

export interface Fleet {
  readonly mode: 'embedded' | 'fleet';
  readonly url: string;
  /** host:port of the gateway's gRPC door. */
  readonly grpcTarget: string;
  readonly encryptionKey: string;
  readonly data: DataFolder;
  readonly targets: Readonly<Record<'auth' | 'inference' | 'sensors', string>>;
  /** Where each service serves /metrics and /health. */
  readonly ops: Readonly<Record<ServiceName, string>>;
  readonly processes: Readonly<Record<ServiceName, ServiceProcess>>;
  /** What each service was started with; for another of its kind. */
  readonly environments: Readonly<Record<ServiceName, Readonly<Record<string, string>>>>;
  readonly postgres: KeptPostgres | undefined;
  stop: () => Promise<void>;
}

/** Starts every service of the fleet on this machine and resolves when all of them are ready. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const onEvent = options.onEvent ?? (() => {});
  const port = options.port === 0 ? ((await freePorts(1))[0] ?? 0) : options.port;
  await assertPortIsFree(options.host, port);
  const grpcPort = options.grpcPort || ((await freePorts(1))[0] ?? 0);
  await assertPortIsFree(options.host, grpcPort);
  const data = new DataFolder(options.dataDir);
  data.lock();
  let postgres: KeptPostgres | undefined;
  const processes: ServiceProcess[] = [];
  const stop = async () => {
    for (const name of serviceNames) {
      const process = processes.find((candidate) => candidate.name === name);
      const code = await process?.stop(stopTimeoutMs);
      if (process && code !== 0) onEvent(`${name} ended with ${code ?? 'a kill after its time was up'}`);
    }
    await postgres?.stop();
    data.unlock();
  };
  try {
    const { encryptionKey } = data.credentials();
    if (options.databaseUrl === undefined) {
      postgres = await KeptPostgres.start(data.postgres, (text) => onEvent(text));
    }
    const databaseUrl = options.databaseUrl ?? postgres?.url ?? '';
    const ports = await allocatePorts();
    const environments = serviceEnvironments({
      ...options,
      port,
      grpcPort,
      data,
      encryptionKey,
      databaseUrl,
      ports,
    });
    for (const name of serviceNames) {
      processes.push(
        new ServiceProcess({
          name,
          script: join(root, 'services', name, 'dist/index.js'),
          env: environments[name],
          nodeOptions: nodeOptions(name),
          showLog: options.showLog ?? false,
          onErrorLine: (line) => onEvent(`${name}: ${line}`),
          onCrash: (exit) => onEvent(`${name} ended (${exit}); starting it again`),
        }),
      );
    }
    await Promise.all(processes.map((process) => process.start()));
    await untilReady(`http://${options.host}:${port}`);
    const byName = Object.fromEntries(processes.map((process) => [process.name, process]));
    return {
      mode: options.redisUrl === undefined ? 'embedded' : 'fleet',
      url: `http://${options.host}:${port}`,
      grpcTarget: `${options.host}:${grpcPort}`,
      encryptionKey,
      data,
      targets: { auth: local(ports.auth), inference: local(ports.inference), sensors: local(ports.sensors) },
      ops: Object.fromEntries(
        serviceNames.map((name) => [name, `http://${local(ports.metrics[name])}`]),
      ) as Fleet['ops'],
      processes: byName as Fleet['processes'],
      environments,
      postgres,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ports {
  readonly auth: number;
  readonly inference: number;
  readonly sensors: number;
  readonly metrics: Readonly<Record<ServiceName, number>>;
}

function local(port: number): string {
  return `127.0.0.1:${port}`;
}

function serviceEnvironments(parts: {
  host: string;
  port: number;
  grpcPort: number;
  data: DataFolder;
  encryptionKey: string;
  databaseUrl: string;
  redisUrl?: string | undefined;
  ports: Ports;
  env?: Readonly<Record<string, string>>;
  showLog?: boolean;
}): Record<ServiceName, Record<string, string>> {
  const { data, ports } = parts;
  const common = (name: ServiceName): Record<string, string> => ({
    ...inherited(),
    HOST: '127.0.0.1',
    METRICS_PORT: String(ports.metrics[name]),
    ...(parts.showLog ? {} : { LOG_FILE: data.log(name) }),
    // Compiled code is kept, so that the next start need not compile it again.
    NODE_COMPILE_CACHE: data.compileCache,
    ...parts.env,
  });
  const database = { DATABASE_URL: parts.databaseUrl };
  const encryption = { ENCRYPTION_KEY: parts.encryptionKey };
  const redis: Record<string, string> = parts.redisUrl === undefined ? {} : { REDIS_URL: parts.redisUrl };
  const inference = { INFERENCE_TARGET: local(ports.inference) };
  // A bucket of your own, where the environment names one.
  const storage: Record<string, string> = process.env['RESULTS_S3_BUCKET']
    ? {}
    : { RESULTS_DIR: data.results };
  return {
    auth: {
      ...common('auth'),
      ...database,
      ...encryption,
      GRPC_PORT: String(ports.auth),
    },
    inference: {
      CACHE_DIR: data.cache,
      ...common('inference'),
      ...redis,
      ...inferenceRuntime.env,
      GRPC_PORT: String(ports.inference),
      MODEL_PATH: process.env['MODEL_PATH'] ?? join(root, 'models'),
    },
    sensors: { ...common('sensors'), ...database, ...inference, GRPC_PORT: String(ports.sensors) },
    worker: { ...common('worker'), ...database, ...redis, ...inference, ...storage, ...encryption },
    gateway: {
      ...common('gateway'),
      ...database,
      ...redis,
      ...inference,
      ...storage,
      ...encryption,
      HOST: parts.host,
      PORT: String(parts.port),
      GRPC_PORT: String(parts.grpcPort),
      AUTH_TARGET: local(ports.auth),
      SENSORS_TARGET: local(ports.sensors),
      CONSOLE_DIR: join(root, 'services/console/dist'),
    },
  };
}

/** Our own environment less what would reach a service by accident. */
function inherited(): Record<string, string> {
  const own = new Set([
    'PORT',
    'GRPC_PORT',
    'METRICS_PORT',
    'HEALTH_CHECK_PORT',
    'DATABASE_URL',
    'REDIS_URL',
  ]);
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || own.has(name) || name.startsWith('npm_') || name === 'NODE_OPTIONS'
        ? []
        : [[name, value]],
    ),
  );
}

/**
 * The gateway has found its peers: until then it may refuse a call that one of them would take. It is ready with some of
 * them missing; a fleet that has just started is not, unless they do not come at all.
 */
async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    const answer = await fetch(`${url}/ready`);
    const report = await answer.text();
    const { checks = {} } = JSON.parse(report) as { checks?: Record<string, { ok: boolean }> };
    if (answer.ok && Object.values(checks).every(({ ok }) => ok)) return;
    if (Date.now() > deadline) {
      if (answer.ok) return;
      throw new Error(`the fleet is not ready: ${report}`);
    }
    await delay(50);
  }
}

async function allocatePorts(): Promise<Ports> {
  const [auth, inference, sensors, ...rest] = await freePorts(3 + serviceNames.length);
  if (auth === undefined || inference === undefined || sensors === undefined) throw new Error('no free port');
  const metrics = Object.fromEntries(serviceNames.map((name, index) => [name, rest[index]]));
  return { auth, inference, sensors, metrics: metrics as Record<ServiceName, number> };
}

/** Ports nobody listens on at the moment; all are held until the last is found, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  try {
    return await Promise.all(
      servers.map(async (server) => {
        await once(server, 'listening');
        const address = server.address();
        if (typeof address !== 'object' || address === null) throw new Error('no free port');
        return address.port;
      }),
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

async function assertPortIsFree(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`port ${port} is taken by another program; choose another with --port or --grpc-port`)
          : new Error(`port ${port} on ${host} cannot be taken: ${error.message}`),
      ),
    );
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
