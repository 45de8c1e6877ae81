import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { opsService, sensorsService } from '@sillage/contracts';
import { poolTargets } from '@sillage/inference-client';
import {
  alsoServes,
  databaseVariables,
  env,
  openDatabase,
  reportSelf,
  retryWhileAway,
  type ServiceDefinition,
  sqlSchema,
  startGrpcServer,
} from '@sillage/kit';
import { z } from 'zod';
import { ArrayStore } from './clients/array-store.ts';
import { DeviceStore } from './clients/device-store.ts';
import { FaultBook } from './clients/fault-book.ts';
import { HistoryStore } from './clients/history-store.ts';
import { InferenceClient } from './clients/inference.ts';
import { KnownDevices } from './clients/known-devices.ts';
import { LiveReadings } from './clients/live-readings.ts';
import { Partitions } from './clients/partitions.ts';
import { ReadingKeeper } from './clients/reading-keeper.ts';
import { ReadingStore } from './clients/reading-store.ts';
import { ReadingWriter } from './clients/reading-writer.ts';
import { SensorTypeStore } from './clients/sensor-type-store.ts';
import { SensorTypes } from './clients/sensor-types.ts';
import { StreamStore } from './clients/stream-store.ts';
import { mqttVariables } from './mqtt/config.ts';
import { openMqttDoor, showMqtt } from './mqtt/mqtt-door.ts';
import { maxReadingsUsed } from './rpc/classify-window.ts';
import { type HandlerParts, sensorsHandlers } from './rpc/handlers.ts';
import { SensorMetrics } from './sensor-metrics.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
/** Where readings are kept for ever: a bound on how many partitions a backfill may need. */
const longestBackfillDays = 3650;
const migrations = join(import.meta.dirname, '..', 'migrations');

const config = z.object({
  GRPC_PORT: env.port().default(50_053),
  ...databaseVariables,
  /** One pool of inference, or several by commas: host:port=weight. */
  INFERENCE_TARGET: poolTargets('inference'),
  /** Days that readings are kept, from the time they were measured; 0: until their device is deleted. */
  READING_RETENTION_DAYS: env.integer(0, 36_500).default(730),
  /** Days that means of minutes are kept, and of hours; 0: until the device is deleted. */
  MINUTE_RETENTION_DAYS: env.integer(0, 36_500).default(1825),
  HOUR_RETENTION_DAYS: env.integer(0, 36_500).default(3650),
  ...mqttVariables,
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

    const partitions = new Partitions({ database, table: 'readings', widthMs: weekMs });
    const minutes = new Partitions({ database, table: 'reading_minutes', widthMs: 4 * weekMs });
    const readings = new ReadingStore({ database, partitions });
    const history = new HistoryStore({ database, minutes });
    const keptDays = config.READING_RETENTION_DAYS;
    const keeper = new ReadingKeeper({
      database,
      partitions,
      readings,
      history,
      keepDays: {
        readings: keptDays,
        minutes: config.MINUTE_RETENTION_DAYS,
        hours: config.HOUR_RETENTION_DAYS,
      },
      log,
      summariseMs: 60_000,
      purgeMs: 3_600_000,
      now: Date.now,
    });
    defer('keeper of readings', () => keeper.close());

    const faults = new FaultBook({ database, log, writeMs: 5000 });
    defer('faults of devices', () => faults.close());

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

    const parts: HandlerParts = {
      arrays: new ArrayStore(database),
      devices,
      known: new KnownDevices(devices),
      faults,
      readings,
      writer: new ReadingWriter({ database, partitions }),
      history,
      live: new LiveReadings({ database, limit: maxReadingsUsed }),
      streams: new StreamStore(database),
      types,
      inference,
      metrics: sensorMetrics,
      maxAgeMs: (keptDays || longestBackfillDays) * dayMs,
      now: () => new Date(),
      newId: randomUUID,
    };
    const server = await startGrpcServer({
      definition: sensorsService,
      handlers: sensorsHandlers(parts),
      also: [alsoServes(opsService, { Describe: () => reportSelf('sensors', context) })],
      host: config.HOST,
      port: config.GRPC_PORT,
      log,
      metrics,
      health,
    });
    defer('grpc server', (remainingMs) => server.stop(remainingMs));
    showMqtt(metrics);
    const url = config.MQTT_URL?.reveal();
    if (url !== undefined) {
      const door = openMqttDoor({ url, settings: config, parts, log, metrics, health });
      defer('mqtt', () => door.close());
    }
    return { grpc: server.port };
  },
};
