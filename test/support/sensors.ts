import { randomUUID } from 'node:crypto';
import { type ReadingBlock__Output, type SensorsServiceDefinition, sensorsService } from '@sillage/contracts';
import { GrpcClient, type RunningService, startService } from '@sillage/kit';
import { service } from '@sillage/sensors';
import pg from 'pg';
import { startTestPostgres, type TestPostgres } from './postgres.ts';
import { enoseGolden, type ScriptedEnose, startScriptedEnose } from './scripted-enose.ts';

export type SensorsClient = GrpcClient<SensorsServiceDefinition>;
export interface Owned {
  readonly tenantId: string;
  readonly deviceId: string;
}

export function startSensors(
  databaseUrl: string,
  inferencePort: number,
  changes: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  return startService(service, {
    HOST: '127.0.0.1',
    GRPC_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: databaseUrl,
    INFERENCE_TARGET: `127.0.0.1:${inferencePort}`,
    ...changes,
  });
}

export function connectSensors(running: RunningService): SensorsClient {
  const target = `127.0.0.1:${running.ports['grpc']}`;
  return new GrpcClient({ definition: sensorsService, target, peer: 'sensors', timeoutMs: 10_000 });
}

export interface SensorsBench {
  readonly inference: ScriptedEnose;
  readonly sensors: RunningService;
  readonly client: SensorsClient;
  /** Another pod of the service on the same database. */
  startPod: (changes?: Readonly<Record<string, string>>) => Promise<RunningService>;
  makeDevice: (tenantId?: string) => Promise<Owned>;
  sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  stop: () => Promise<void>;
}

/** The service between a real Postgres and a scripted peer, for one test file. */
export async function startSensorsBench(): Promise<SensorsBench> {
  const [postgres, inference] = await Promise.all([startTestPostgres(), startScriptedEnose()]);
  // Two pods at once on an empty database: one migrates, the other waits and finds nothing to do.
  const [sensors, second] = await Promise.all([
    startSensors(postgres.url, inference.port),
    startSensors(postgres.url, inference.port),
  ]);
  await second.stop();
  const client = connectSensors(sensors);
  return {
    inference,
    sensors,
    client,
    startPod: (changes) => startSensors(postgres.url, inference.port, changes),
    makeDevice: async (tenantId = randomUUID()) => {
      const { device } = await client.unary('CreateDevice', { tenantId, name: 'nose' });
      return { tenantId, deviceId: device?.id ?? '' };
    },
    sql: (text, values = []) => query(postgres, text, values),
    stop: async () => {
      client.close();
      await sensors.stop();
      await inference.stop();
      await postgres.stop();
    },
  };
}

async function query(
  postgres: TestPostgres,
  text: string,
  values: unknown[],
): Promise<Record<string, unknown>[]> {
  const connection = new pg.Client({ connectionString: postgres.url });
  await connection.connect();
  try {
    return (await connection.query(text, values)).rows;
  } finally {
    await connection.end();
  }
}

/** When the readings of a test begin. */
export const start = Date.parse('2026-01-10T10:00:00Z');

/** Readings of the golden channels, one a second from `fromMs`; null: not measured. */
export function block(rows: readonly (readonly (number | null)[])[], fromMs = start) {
  const times = rows.map((_, second) => fromMs + second * 1000);
  return columns(enoseGolden.channels, times, rows);
}

export function columns(
  channels: readonly string[],
  timeMs: readonly number[],
  rows: readonly (readonly (number | null)[])[],
) {
  const values = Float64Array.from(rows.flat(), (value) => value ?? Number.NaN);
  return { channels: [...channels], timeMs: [...timeMs], values: Buffer.from(values.buffer) };
}

/** A steady level of every channel, with a little of the flicker that a working sensor has. */
export function steady(levels: readonly number[], seconds: number): number[][] {
  return Array.from({ length: seconds }, (_, second) => levels.map((level) => level + (second % 2)));
}

/** Readings as rows of channel to value. */
export function rowsOf(answer: ReadingBlock__Output | null): Record<string, number>[] {
  if (!answer) return [];
  return answer.timeMs.map((t, row) => ({
    t,
    ...Object.fromEntries(
      answer.channels.map((name, column) => [
        name,
        answer.values.readDoubleLE((row * answer.channels.length + column) * 8),
      ]),
    ),
  }));
}

/** What a scrape of the running service says, line by line. */
export async function scrape(running: RunningService): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${running.ports['metrics']}/metrics`);
  return (await response.text()).split('\n');
}
