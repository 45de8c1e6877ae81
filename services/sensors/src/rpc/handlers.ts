import type { SensorsServiceDefinition } from '@sillage/contracts';
import { AppError, type Handlers, invalidField } from '@sillage/kit';
import { type ArrayStore, noArray } from '../clients/array-store.ts';
import { type DeviceStore, maxDevices } from '../clients/device-store.ts';
import type { FaultBook } from '../clients/fault-book.ts';
import type { HistoryStore } from '../clients/history-store.ts';
import type { InferenceClient } from '../clients/inference.ts';
import type { KnownDevices } from '../clients/known-devices.ts';
import type { LiveReadings } from '../clients/live-readings.ts';
import type { ReadingStore } from '../clients/reading-store.ts';
import type { ReadingWriter } from '../clients/reading-writer.ts';
import type { SensorTypes } from '../clients/sensor-types.ts';
import type { StreamStore } from '../clients/stream-store.ts';
import {
  isUuid,
  readBefore,
  readDeviceKey,
  readDeviceName,
  readLimit,
  readSession,
  readSpan,
  readTenantId,
} from '../domain/fields.ts';
import { channelNames, defaultSensorType } from '../domain/sensor-type.ts';
import { encodeBlock } from '../domain/wire-block.ts';
import type { SensorMetrics } from '../sensor-metrics.ts';
import { classifyArray, createArray, presentArray } from './arrays.ts';
import { calibrateDevice } from './calibrate.ts';
import { classifyWindow } from './classify-window.ts';
import { getHistory } from './get-history.ts';
import { ingestReadings } from './ingest-readings.ts';
import { presentCalibration, presentDevice, presentState } from './messages.ts';

export interface HandlerParts {
  readonly arrays: ArrayStore;
  readonly devices: DeviceStore;
  readonly known: KnownDevices;
  readonly faults: FaultBook;
  readonly readings: ReadingStore;
  readonly writer: ReadingWriter;
  readonly history: HistoryStore;
  readonly live: LiveReadings;
  readonly streams: StreamStore;
  readonly types: SensorTypes;
  readonly inference: InferenceClient;
  readonly metrics: SensorMetrics;
  /** How old a reading may be that is stored. */
  readonly maxAgeMs: number;
  now: () => Date;
  newId: () => string;
}

/** What a device's rate is told from. */
const lastReadings = { spanMs: 600_000, limit: 100 } as const;

/** SensorsService: each method reads its request, calls the domain and the stores, and shows the outcome. */
export function sensorsHandlers(parts: HandlerParts): Handlers<SensorsServiceDefinition> {
  const { arrays, devices, faults, known, readings, streams, types, metrics, now, newId } = parts;
  return {
    CreateDevice: async (request) => {
      const tenantId = readTenantId(request.tenantId);
      const name = readDeviceName(request.name);
      const type = await types.find(request.sensorType || defaultSensorType);
      const device = await devices.add({
        id: newId(),
        tenantId,
        name,
        sensorType: type.name,
        channels: channelNames(type),
        createdAt: now(),
      });
      void metrics.refresh();
      return { device: presentDevice(device, now()) };
    },

    ListDevices: async ({ tenantId, limit, before }) => {
      if (limit > maxDevices) throw invalidField('/limit', `limit must be at most ${maxDevices}`);
      const page = { limit: limit || maxDevices, before: readBefore(before) };
      const owned = await devices.list(readTenantId(tenantId), page);
      return { devices: owned.map((device) => presentDevice(device, now())) };
    },

    GetDevice: async (request) => {
      const device = await devices.get(readDeviceKey(request));
      const at = now();
      const newest =
        device.lastReadingMs === undefined
          ? undefined
          : await readings.read(device.id, device.channels, {
              fromMs: device.lastReadingMs - lastReadings.spanMs,
              toMs: device.lastReadingMs,
              limit: lastReadings.limit,
              keep: 'newest',
            });
      const state = presentState(device, await faults.of(device.id), newest?.timesMs ?? [], at);
      return { device: { ...presentDevice(device, at), state } };
    },

    DeleteDevice: async (request, { signal }) => {
      const key = readDeviceKey(request);
      await devices.get(key);
      known.forget(key);
      await readings.removeAll(key.deviceId, signal);
      await devices.remove(key);
      void metrics.refresh();
      return {};
    },

    EraseTenant: async (request, { signal }) => {
      const tenantId = readTenantId(request.tenantId);
      await arrays.removeAll(tenantId);
      const owned = await devices.list(tenantId);
      for (const { id } of owned) {
        await readings.removeAll(id, signal);
        // Another gateway may erase at the same time.
        await devices.remove({ tenantId, deviceId: id }).catch(unlessGone);
      }
      if (owned.length > 0) void metrics.refresh();
      return { devices: owned.length };
    },

    IngestReadings: (request) => ingestReadings(parts, request),

    GetStream: async (request) => {
      const session = readSession(request.session);
      const device = await devices.get(readDeviceKey(request));
      return { settled: await streams.settled(device.id, session) };
    },

    ListReadings: async (request) => {
      const span = readSpan(request);
      const limit = readLimit(request.limit);
      const device = await devices.get(readDeviceKey(request));
      const block = await readings.read(device.id, device.channels, { ...span, limit, keep: 'oldest' });
      return { block: encodeBlock(block) };
    },

    GetHistory: (request) => getHistory(parts, request),

    ListCalibrations: async (request) => {
      const device = await devices.get(readDeviceKey(request));
      // An old device's type may be gone, and its calibrations are its tenant's still.
      const type = await types.find(device.sensorType).catch(() => undefined);
      const records = await devices.calibrations(device.id, request.before);
      return {
        calibrations: records.map((record) => presentCalibration(record, type?.cleanAir ?? new Map())),
      };
    },

    Calibrate: (request) => calibrateDevice(parts, request),

    CreateArray: (request) => createArray(parts, request),

    ListArrays: async ({ tenantId }) => ({
      arrays: (await arrays.list(readTenantId(tenantId))).map(presentArray),
    }),

    DeleteArray: async (request) => {
      if (!isUuid(request.arrayId)) throw noArray();
      await arrays.remove(readTenantId(request.tenantId), request.arrayId);
      return {};
    },

    ClassifyArray: (request) => classifyArray(parts, request),

    GetClassification: (request) => classifyWindow(parts, request),
  };
}

function unlessGone(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'not_found')) throw error;
}
