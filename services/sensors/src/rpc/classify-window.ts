import type { GetClassificationRequest__Output, GetClassificationResponse } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import type { Smell } from '../clients/inference.ts';
import type { ReadingQuery } from '../clients/reading-store.ts';
import { readDeviceKey } from '../domain/fields.ts';
import { lookBackS, type SensorType } from '../domain/sensor-type.ts';
import { judgeSmell, type PreparedWindow, prepareWindow } from '../domain/smell.ts';
import type { HandlerParts } from './handlers.ts';
import { presentDrift, presentFindings } from './messages.ts';

/** Bound on what one answer reads: minutes at 100 Hz, and always a full window below 200 Hz. */
const maxReadingsUsed = 20_000;

const statuses = {
  ready: 'CLASSIFICATION_STATUS_READY',
  uncalibrated: 'CLASSIFICATION_STATUS_UNCALIBRATED',
  unknown_pattern: 'CLASSIFICATION_STATUS_UNKNOWN_PATTERN',
} as const;

/** GetClassification: the newest window, calibrated, and what inference makes of it. */
export async function classifyWindow(
  parts: HandlerParts,
  request: GetClassificationRequest__Output,
): Promise<GetClassificationResponse> {
  const { devices, readings, types } = parts;
  const device = await devices.get(readDeviceKey(request));
  const type = await types.find(device.sensorType);
  const endMs = await readings.newest(device.id, request.atMs ?? Number.MAX_SAFE_INTEGER);
  const query: ReadingQuery = {
    fromMs: endMs === undefined ? undefined : endMs - lookBackS(type) * 1000,
    toMs: endMs,
    limit: endMs === undefined ? 0 : maxReadingsUsed,
    keep: 'newest',
  };
  const stored = await readings.read(device.id, device.channels, query);
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
