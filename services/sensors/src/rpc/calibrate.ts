import type { CalibrateRequest__Output, CalibrateResponse } from '@sillage/contracts';
import { type AppError, invalidField } from '@sillage/kit';
import type { DeviceRecord, NewCalibration } from '../clients/device-store.ts';
import { takeBaseline } from '../domain/baseline.ts';
import {
  readCertificate,
  readEnvironment,
  readSecondPoint,
  readValidDays,
} from '../domain/calibration-fields.ts';
import { airChannels, type Environment, fitEnvironment } from '../domain/environment.ts';
import { readDeviceKey, readSpan, type Span } from '../domain/fields.ts';
import { inspect } from '../domain/quality.ts';
import type { ReadingBlock } from '../domain/readings.ts';
import { qualityRules, type SensorType } from '../domain/sensor-type.ts';
import { takeSpan } from '../domain/span.ts';
import type { HandlerParts } from './handlers.ts';
import { presentCalibration, presentDevice, presentFindings } from './messages.ts';

/** Readings that one span of a calibration is taken from: its newest. Hours at 1 Hz, minutes at 100 Hz. */
const maxReadingsUsed = 20_000;
const dayMs = 86_400_000;

/** Calibrate: spans of stored readings become the device's baseline, gains and correction for its air. */
export async function calibrateDevice(
  parts: HandlerParts,
  request: CalibrateRequest__Output,
): Promise<CalibrateResponse> {
  const { devices, types, metrics, now } = parts;
  const key = readDeviceKey(request);
  const span = readSpan(request);
  const second = readSecondPoint(request.span);
  const certificate = readCertificate(request.certificate);
  const validDays = readValidDays(request.validDays);
  const device = await devices.get(key);
  const type = await types.find(device.sensorType);
  const environment = await environmentOf(parts, request, device, type);
  const cleanAir = await read(parts, device, span);
  const { calibration: baseline, findings } = takeBaseline(cleanAir, type, environment);
  const calibration = second
    ? takeSpan(await read(parts, device, second), type, baseline, second.levels)
    : baseline;
  const at = now();
  const added: NewCalibration = {
    calibration: {
      ...calibration,
      expiresAt: validDays === undefined ? undefined : new Date(at.getTime() + validDays * dayMs),
    },
    span,
    second,
    certificate,
    readingsUsed: cleanAir.timesMs.length,
    at,
  };
  const id = request.dryRun ? 0 : await devices.calibrate(key, added);
  if (!request.dryRun) void metrics.refresh();
  return {
    device: presentDevice(request.dryRun ? device : await devices.get(key), at),
    readingsUsed: cleanAir.timesMs.length,
    findings: presentFindings(findings),
    calibration: presentCalibration({ ...added, id }, type.cleanAir),
  };
}

/** The correction for the air: as it is given, or fitted to the span that is named. */
async function environmentOf(
  parts: HandlerParts,
  { environment: asked }: CalibrateRequest__Output,
  device: DeviceRecord,
  type: SensorType,
): Promise<Environment | undefined> {
  if (!asked) return undefined;
  const air = airChannels(type);
  if (!air.temperature && !air.humidity) {
    throw invalidField('/environment', `heads of type ${type.name} measure neither temperature nor humidity`);
  }
  const given = readEnvironment(asked, [...type.cleanAir.keys()]);
  if (given) return given;
  const stored = await read(parts, device, readSpanAt('/environment/to', asked));
  const { block } = inspect(stored, qualityRules(type, stored.channels));
  const fit = fitEnvironment(block, [...type.cleanAir.keys()], air);
  if (fit.kind === 'failed') throw invalidField('/environment/from', fit.detail);
  return fit.environment;
}

function read({ readings }: HandlerParts, device: DeviceRecord, span: Span): Promise<ReadingBlock> {
  const { fromMs, toMs } = span;
  return readings.read(device.id, device.channels, {
    ...{ fromMs, toMs },
    limit: maxReadingsUsed,
    keep: 'newest',
  });
}

function readSpanAt(pointer: string, span: { fromMs?: number; toMs?: number }): Span {
  try {
    return readSpan(span);
  } catch (error) {
    throw invalidField(pointer, (error as AppError).message);
  }
}
