import { type ReadingBlock__Output, type SensorsServiceDefinition, sensorsService } from '@sillage/contracts';
import { GrpcClient, type RunningService, startService } from '@sillage/kit';
import { service } from '@sillage/sensors';
import { enoseGolden } from './scripted-enose.ts';

export type SensorsClient = GrpcClient<SensorsServiceDefinition>;
export interface Owned {
  readonly tenantId: string;
  readonly deviceId: string;
}

export function startSensors(databaseUrl: string, inferencePort: number): Promise<RunningService> {
  return startService(service, {
    HOST: '127.0.0.1',
    GRPC_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: databaseUrl,
    INFERENCE_TARGET: `127.0.0.1:${inferencePort}`,
  });
}

export function connectSensors(running: RunningService): SensorsClient {
  const target = `127.0.0.1:${running.ports['grpc']}`;
  return new GrpcClient({ definition: sensorsService, target, peer: 'sensors', timeoutMs: 10_000 });
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
