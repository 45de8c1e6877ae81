import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type BaseConfig, baseSchema, loadConfig } from './config.ts';
import { ErrorReporter } from './error-reporter.ts';
import { reasonOf } from './errors.ts';
import { Health } from './health.ts';
import { createLog, type Log } from './log.ts';
import { Metrics } from './metrics.ts';
import { startOpsServer } from './ops-server.ts';
import { prepareSchemas, runMigrate, type SchemasOf } from './schemas.ts';
import { startTracing } from './tracing.ts';

/** What a service gets to build itself from. */
export interface ServiceContext<C extends BaseConfig> {
  readonly config: C;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  /** Aborts when the process is told to stop while it is still starting. */
  readonly signal: AbortSignal;
  /** Registers what closes the thing just opened; stopping runs these in reverse order. */
  defer: (what: string, close: (remainingMs: number) => Promise<void> | void) => void;
}

export interface ServiceDefinition<S extends z.ZodObject> {
  readonly name: string;
  /** The service's own variables; `baseSchema` is added to it. */
  readonly config: S;
  /** What it keeps in Postgres; these are there, as the code needs them, when `start` is called. */
  readonly schemas?: SchemasOf;
  /** What else the process can do, by the word it is called with: each ends the process with the code it resolves with. */
  readonly commands?: Readonly<
    Record<string, (environment: Readonly<Record<string, string | undefined>>) => Promise<number>>
  >;
  /** Builds and starts everything; resolves when it can serve. What it returns is handed to the caller of startService. */
  readonly start: (
    context: ServiceContext<BaseConfig & Readonly<z.output<S>>>,
  ) => Promise<Readonly<Record<string, number>>>;
}

export interface RunningService {
  readonly name: string;
  /** Ports by what listens there. */
  readonly ports: Readonly<Record<string, number>>;
  readonly log: Log;
  /** Unready, drain, close everything. True when all of it was done in time. */
  stop: () => Promise<boolean>;
}

interface Closer {
  readonly what: string;
  readonly close: (remainingMs: number) => Promise<void> | void;
}

/** Boots a service from an environment: configuration, logs, traces, metrics, health, then the service itself. */
export async function startService<S extends z.ZodObject>(
  definition: ServiceDefinition<S>,
  environment: Readonly<Record<string, string | undefined>>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RunningService> {
  const schema = z.object({ ...baseSchema.shape, ...definition.config.shape });
  // The merged schema parses to exactly both halves; zod's spread loses that in the generic.
  const config = loadConfig(schema, environment) as BaseConfig & Readonly<z.output<S>>;
  const reporter =
    config.SENTRY_DSN &&
    new ErrorReporter({
      dsn: config.SENTRY_DSN,
      service: definition.name,
      release: config.SERVICE_VERSION,
      environment: config.ENVIRONMENT,
      onFailure: (reason) => log.warn({ reason }, 'an error could not be reported'),
    });
  const { log, close: closeLog } = await createLog({
    service: definition.name,
    level: config.LOG_LEVEL,
    file: config.LOG_FILE,
    onError: reporter && ((fields) => reporter.observe(fields)),
  });
  const tracing = startTracing({
    service: definition.name,
    version: config.SERVICE_VERSION,
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
  });
  const metrics = new Metrics(definition.name, config.SERVICE_VERSION);
  const health = new Health();
  showHealth(metrics, health);
  const closers: Closer[] = [];

  const stop = once(async () => {
    const deadline = Date.now() + config.SHUTDOWN_TIMEOUT_MS;
    health.markStopping();
    if (config.DRAIN_DELAY_MS > 0) await delay(config.DRAIN_DELAY_MS);
    let isClean = true;
    for (const { what, close } of closers.toReversed()) {
      const started = Date.now();
      const done = await within(
        deadline - started,
        async () => close(Math.max(0, deadline - Date.now())),
        (error) => log.error({ what, err: error }, 'closing failed'),
      );
      if (!done) isClean = false;
      log.debug({ what, done, ms: Date.now() - started }, 'closed');
    }
    log.info({ isClean }, 'stopped');
    await within(
      2000,
      () => tracing.stop(),
      () => {},
    );
    await within(
      2000,
      async () => reporter?.flush(),
      () => {},
    );
    await closeLog();
    return isClean;
  });

  log.info({ config }, 'starting');
  try {
    const opsPorts = await startOps(config, health, metrics, closers);
    const signal = options.signal ?? new AbortController().signal;
    if (definition.schemas) {
      const isOwnTask = config.MIGRATE_ON_START;
      await prepareSchemas(definition.schemas, environment, { log, health, signal, isOwnTask });
    }
    const ports = await definition.start({
      config,
      log,
      metrics,
      health,
      signal,
      defer: (what, close) => closers.push({ what, close }),
    });
    health.markStarted();
    log.info({ ports: { ...opsPorts, ...ports } }, 'ready');
    return { name: definition.name, ports: { ...opsPorts, ...ports }, log, stop };
  } catch (error) {
    if (options.signal?.aborted) log.info('told to stop while starting');
    else log.fatal({ reason: reasonOf(error) }, 'start failed');
    await stop();
    throw error;
  }
}

function showHealth(metrics: Metrics, health: Health): void {
  metrics.gauge('olfactory_ready', (gauge) => gauge.set(health.isReady ? 1 : 0));
  metrics.gauge('olfactory_dependency_up', (gauge) => {
    for (const [dependency, isUp] of health.dependencies) gauge.set({ dependency }, isUp ? 1 : 0);
  });
}

/** Whether the work was done, without an error, in the time there was. */
async function within(
  limitMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const timeout = new AbortController();
  const late = delay(Math.max(0, limitMs), false, { signal: timeout.signal }).catch(() => false);
  try {
    return await Promise.race([work().then(() => true), late]);
  } catch (error) {
    onError(error);
    return false;
  } finally {
    timeout.abort();
  }
}

async function startOps(
  config: BaseConfig,
  health: Health,
  metrics: Metrics,
  closers: Closer[],
): Promise<Record<string, number>> {
  const metricsServer = await startOpsServer({
    host: config.HOST,
    port: config.METRICS_PORT,
    health,
    metrics,
  });
  closers.push({ what: 'metrics server', close: metricsServer.stop });
  const ports: Record<string, number> = { metrics: metricsServer.port };
  if (config.HEALTH_CHECK_PORT !== undefined && config.HEALTH_CHECK_PORT !== config.METRICS_PORT) {
    const healthServer = await startOpsServer({ host: config.HOST, port: config.HEALTH_CHECK_PORT, health });
    closers.push({ what: 'health server', close: healthServer.stop });
    ports['health'] = healthServer.port;
  }
  return ports;
}

/**
 * The whole life of a service's process: starts from process.env, stops on SIGTERM, SIGINT or when the supervisor
 * that started it is gone, exits 0 after a clean stop. A second signal, a failed start or a deadline missed exits 1.
 * With the argument `migrate` it brings the service's schemas up to date instead, and ends.
 */
export async function runService<S extends z.ZodObject>(definition: ServiceDefinition<S>): Promise<void> {
  const [command] = process.argv.slice(2);
  if (command !== undefined) {
    const commands = {
      migrate: (environment: Readonly<Record<string, string | undefined>>) =>
        runMigrate(definition, environment),
      ...definition.commands,
    };
    const run = new Map(Object.entries(commands)).get(command);
    if (run) process.exit(await run(process.env));
    const known = Object.keys(commands).join(' and ');
    process.stderr.write(
      `${definition.name}: no command ${command}; there is ${known}, and without one it serves\n`,
    );
    process.exit(2);
  }
  let isStopRequested = false;
  const starting = new AbortController();
  let running: RunningService | undefined;
  const shutdown = async () => {
    if (isStopRequested) process.exit(1);
    isStopRequested = true;
    starting.abort();
    if (running) process.exit((await running.stop()) ? 0 : 1);
  };
  process.on('SIGTERM', () => void shutdown());
  process.on('SIGINT', () => void shutdown());
  process.on('disconnect', () => void shutdown());
  try {
    running = await startService(definition, process.env, { signal: starting.signal });
    process.on('unhandledRejection', (error) => running?.log.error({ err: error }, 'unhandled rejection'));
  } catch (error) {
    if (isStopRequested) process.exit(0);
    process.stderr.write(`${definition.name}: ${reasonOf(error)}\n`);
    process.exit(1);
  }
  if (isStopRequested) process.exit((await running.stop()) ? 0 : 1);
  process.send?.({ kind: 'ready', name: running.name, ports: running.ports });
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
