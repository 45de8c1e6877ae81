import type {
  ArrayClassificationJson,
  CalibratedJson,
  CalibrationListJson,
  ClassificationJson,
  DeviceDetailsJson,
  DeviceJson,
  DeviceListJson,
  HistoryJson,
  IngestedJson,
  ReadingJson,
  SensorArrayJson,
  SensorArrayListJson,
} from '@sillage/contracts';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { askJson, newestRateLimit } from '../../api/client.ts';
import { ApiError } from '../../api/problem.ts';
import type { CalibrationRequest } from './calibration-draft.ts';
import { paceOf, slowestMs } from './pace.ts';
import type { HistoryRange, Resolution } from './range.ts';

const path = '/api/v1/sensors/devices';
const arraysPath = '/api/v1/sensors/arrays';
/** Devices on one page of the list. */
export const pageSize = 12;
/** Points of one plot of the history. */
const historyPoints = 600;

/** How often to look again: less often where the limit of the key is near, or where the API refuses. */
const every =
  (usualMs: number) =>
  ({ state }: { readonly state: { readonly error: Error | null } }) =>
    state.error instanceof ApiError ? slowestMs : paceOf(newestRateLimit(), usualMs);

export const devicePath = (id: string) => `${path}/${encodeURIComponent(id)}`;

export const devicesQuery = (before: string | undefined) =>
  queryOptions({
    queryKey: ['sensors', 'list', before ?? ''],
    queryFn: () =>
      askJson<DeviceListJson>(
        `${path}?${new URLSearchParams({ limit: String(pageSize), ...(before ? { before } : {}) })}`,
      ),
    staleTime: 5000,
  });

/** All that an array can be made of, as many as the API lists at once. */
export const anyDevicesQuery = queryOptions({
  queryKey: ['sensors', 'list', 'all'],
  queryFn: () => askJson<DeviceListJson>(path),
  staleTime: 5000,
});

/** A device and how it does; looked at again while the page is. */
export const deviceQuery = (id: string, everyMs = 15_000) =>
  queryOptions({
    queryKey: ['sensors', 'device', id],
    queryFn: () => askJson<DeviceDetailsJson>(devicePath(id)),
    staleTime: 5000,
    refetchInterval: every(everyMs),
  });

export const calibrationsQuery = (id: string) =>
  queryOptions({
    queryKey: ['sensors', 'calibrations', id],
    queryFn: () => askJson<CalibrationListJson>(`${devicePath(id)}/calibrations`),
  });

export const historyQuery = (id: string, { from, to }: HistoryRange, resolution: Resolution) =>
  queryOptions({
    queryKey: ['sensors', 'history', id, from, to, resolution],
    queryFn: ({ signal }) => {
      const query = new URLSearchParams({
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        points: String(historyPoints),
        resolution,
      });
      return askJson<HistoryJson>(`${devicePath(id)}/history?${query}`, { signal });
    },
    placeholderData: keepPreviousData,
  });

export function askClassification(id: string, signal: AbortSignal): Promise<ClassificationJson> {
  return askJson(`${devicePath(id)}/classification`, { signal });
}

export function createDevice(name: string): Promise<DeviceJson> {
  return askJson(path, { method: 'POST', body: { name } });
}

export function removeDevice(id: string): Promise<void> {
  return askJson(devicePath(id), { method: 'DELETE' });
}

/** With `dry_run` what would come of it; nothing is kept then. */
export function calibrate(id: string, body: CalibrationRequest): Promise<CalibratedJson> {
  return askJson(`${devicePath(id)}/calibrations`, { method: 'POST', body });
}

/** Stores readings; those that are there already count as duplicates, so the same may be sent again. */
export function sendReadings(
  id: string,
  readings: readonly ReadingJson[],
  signal: AbortSignal,
): Promise<IngestedJson> {
  return askJson(`${devicePath(id)}/readings`, { method: 'POST', body: { readings }, signal });
}

export const arraysQuery = queryOptions({
  queryKey: ['sensors', 'arrays'],
  queryFn: () => askJson<SensorArrayListJson>(arraysPath),
});

const arrayPath = (id: string) => `${arraysPath}/${encodeURIComponent(id)}`;

/** What the devices of an array smell together, asked for again and again. */
export const arrayQuery = (id: string) =>
  queryOptions({
    queryKey: ['sensors', 'array', id],
    queryFn: ({ signal }) => askJson<ArrayClassificationJson>(`${arrayPath(id)}/classification`, { signal }),
    staleTime: 0,
    refetchInterval: every(3000),
  });

export function createArray(name: string, devices: readonly string[]): Promise<SensorArrayJson> {
  return askJson(arraysPath, { method: 'POST', body: { name, devices } });
}

export function removeArray(id: string): Promise<void> {
  return askJson(arrayPath(id), { method: 'DELETE' });
}
