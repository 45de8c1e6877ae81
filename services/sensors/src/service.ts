import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { opsService, sensorsService } from '@sillage/contracts';
import { poolTargets } from '@sillage/inference-client';
import {
  alsoServes,
  databaseVariables,
  env,
  openDatabase,
  Purger,
  reportSelf,
  retryWhileAway,
  type ServiceDefinition,
  sqlSchema,
  startGrpcServer,
} from '@sillage/kit';
import { z } from 'zod';
import { DeviceStore } from './clients/device-store.ts';
import { InferenceClient } from './clients/inference.ts';
import { ReadingStore } from './clients/reading-store.ts';
import { SensorTypeStore } from './clients/sensor-type-store.ts';
import { SensorTypes } from './clients/sensor-types.ts';
import { StreamStore } from './clients/stream-store.ts';
import { sensorsHandlers } from './rpc/handlers.ts';
import { SensorMetrics } from './sensor-metrics.ts';

const dayMs = 86_400_000;
const migrations = join(import.meta.dirname, '..', 'migrations');

const config = z.object({
  GRPC_PORT: env.port().default(50_053),
  ...databaseVariables,
  /** One pool of inference, or several by commas: host:port=weight. */
  INFERENCE_TARGET: poolTargets('inference'),
  /** Days that readings are kept, from the time they were measured; 0: until their device is deleted. */
  READING_RETENTION_DAYS: env.integer(0, 36_500).default(730),
});

/** Electronic noses: devices, readings, calibration and what they smell. */
export const service: ServiceDefinition<typeof config> = {
  name: 'sensors',
  config,
  schemas: ({ databaseUrl }) => [sqlSchema({ url: databaseUrl, directory: migrations, schema: 'sensors' })],
  start: async (context) => {
    const { config, log, health, metrics, defer } = context;
    const database = openDatabase(context, 'sensors');

    const devices = new DeviceStore(database);
    const sensorMetrics = new SensorMetrics({
      metrics,
      log,
      lastBaselines: (limit) => devices.lastBaselines(limit),
      intervalMs: 60_000,
    });
    defer('sensor metrics', () => sensorMetrics.close());

    const readings = new ReadingStore(database);
    const days = config.READING_RETENTION_DAYS;
    if (days > 0) {
      const purger = new Purger({
        what: 'readings',
        purge: (signal) => readings.purge(Date.now() - days * dayMs, signal),
        log,
        intervalMs: 3_600_000,
      });
      defer('readings past their retention', () => purger.close());
    }

    // Inference is no part of being ready: readings are taken without it.
    const inference = new InferenceClient({ targets: config.INFERENCE_TARGET, log, metrics });
    defer('inference client', () => inference.close());
    const types = new SensorTypes({
      store: new SensorTypeStore(database),
      describe: () => inference.enoseModels(),
      onKnown: (name) => sensorMetrics.addSensorType(name),
      log,
      refreshMs: 60_000,
      retryMs: 2000,
    });
    defer('sensor types', () => types.close());
    await retryWhileAway(context, 'postgres', () => types.start());
    await sensorMetrics.refresh();

    const server = await startGrpcServer({
      definition: sensorsService,
      handlers: sensorsHandlers({
        devices,
        readings,
        streams: new StreamStore(database),
        types,
        inference,
        metrics: sensorMetrics,
        now: () => new Date(),
        newId: randomUUID,
      }),
      also: [alsoServes(opsService, { Describe: () => reportSelf('sensors', context) })],
      host: config.HOST,
      port: config.GRPC_PORT,
      log,
      metrics,
      health,
    });
    defer('grpc server', (remainingMs) => server.stop(remainingMs));
    return { grpc: server.port };
  },
};
