import type { GetClassificationRequest__Output, GetClassificationResponse } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import type { DeviceRecord } from '../clients/device-store.ts';
import type { Smell } from '../clients/inference.ts';
import { readDeviceKey } from '../domain/fields.ts';
import { silentAfterMs } from '../domain/fuse.ts';
import type { ReadingBlock } from '../domain/readings.ts';
import { lookBackS, type SensorType } from '../domain/sensor-type.ts';
import { judgeSmell, type PreparedWindow, prepareWindow } from '../domain/smell.ts';
import type { HandlerParts } from './handlers.ts';
import { presentDrift, presentFindings } from './messages.ts';

/** Bound on what one answer reads: minutes at 100 Hz, and always a full window below 200 Hz. */
export const maxReadingsUsed = 20_000;

export const statuses = {
  ready: 'CLASSIFICATION_STATUS_READY',
  uncalibrated: 'CLASSIFICATION_STATUS_UNCALIBRATED',
  unknown_pattern: 'CLASSIFICATION_STATUS_UNKNOWN_PATTERN',
} as const;

/** GetClassification: the newest window, calibrated, and what inference makes of it. */
export async function classifyWindow(
  parts: HandlerParts,
  request: GetClassificationRequest__Output,
): Promise<GetClassificationResponse> {
  const { devices, types } = parts;
  const device = await devices.get(readDeviceKey(request));
  const type = await types.find(device.sensorType);
  const stored = await storedReadings(parts, device, type, request.atMs);
  const endMs = stored.timesMs.at(-1);
  const prepared = prepareWindow(stored, type, device.calibration);
  if (request.atMs === undefined) noteFaults(parts, device.id, type, prepared.findings);
  const about = describe(prepared, type);
  if (prepared.window.status === 'warming_up') {
    return { ...about, status: 'CLASSIFICATION_STATUS_WARMING_UP' };
  }
  const smell = await classify(parts, type, prepared.window.frames);
  const status = judgeSmell(smell.isUnknown, device.calibration, parts.now());
  return {
    ...about,
    drift: presentDrift(prepared.drift, device.calibratedAt, endMs),
    status: statuses[status],
    substance: smell.substances[0] ?? '',
    // What comes nearest to an unknown pattern has a name, but its odour notes would be read as an answer.
    notes: status === 'unknown_pattern' ? [] : [...smell.notes],
    substances: [...smell.substances],
    probabilities: [...smell.probabilities],
    modelName: smell.model.name,
    modelVersion: smell.model.version,
  };
}

/** A device's window up to a moment, and what it smells of; no smell where it is too short or the device is silent. */
export interface Smelt {
  readonly prepared: PreparedWindow;
  readonly smell: Smell | undefined;
}

/** As GetClassification at a moment, for who fuses several devices. */
export async function smellAt(
  parts: HandlerParts,
  device: DeviceRecord,
  type: SensorType,
  endMs: number,
): Promise<Smelt> {
  const prepared = prepareWindow(await storedReadings(parts, device, type, endMs), type, device.calibration);
  const { window } = prepared;
  const isNear = window.endMs !== undefined && endMs - window.endMs <= silentAfterMs;
  const smell = isNear && window.status === 'ready' ? await classify(parts, type, window.frames) : undefined;
  return { prepared, smell };
}

/** The readings that a window may need: the newest, or those up to a moment. */
async function storedReadings(
  { live, readings }: HandlerParts,
  device: DeviceRecord,
  type: SensorType,
  atMs: number | undefined,
): Promise<ReadingBlock> {
  const spanMs = lookBackS(type) * 1000;
  if (atMs === undefined) return live.newest(device, spanMs);
  const toMs = await readings.newest(device.id, atMs);
  if (toMs === undefined) {
    return { channels: device.channels, timesMs: [], values: new Float64Array(0) };
  }
  return readings.read(device.id, device.channels, {
    ...{ fromMs: toMs - spanMs, toMs },
    limit: maxReadingsUsed,
    keep: 'newest',
  });
}

/** What only many readings show is noted here; the rest was, when they came. Counted once as long as it lasts. */
function noteFaults(
  { faults, metrics, now }: HandlerParts,
  deviceId: string,
  type: SensorType,
  findings: PreparedWindow['findings'],
): void {
  const lasting = findings.filter(
    ({ kind }) => kind === 'stuck' || kind === 'noisy' || kind === 'rate_changed',
  );
  metrics.found(
    type.name,
    faults.note(deviceId, lasting, now()).map((finding) => ({ ...finding, count: 1 })),
  );
}

function describe({ window, findings }: PreparedWindow, type: SensorType): GetClassificationResponse {
  return {
    windowS: window.coveredS,
    neededS: type.windowS,
    windowEnd: window.endMs === undefined ? '' : new Date(window.endMs).toISOString(),
    modelName: type.model.name,
    modelVersion: type.model.version,
    findings: presentFindings(findings),
  };
}

/** A model that was replaced since it was last asked for is asked for again, once. */
async function classify(
  { inference, types }: HandlerParts,
  type: SensorType,
  frames: Float32Array,
): Promise<Smell> {
  try {
    return await inference.classify(type, frames);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
    await types.refresh();
    return inference.classify(await types.find(type.name), frames);
  }
}
