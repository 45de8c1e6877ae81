import type { CalibrateRequest__Output, CalibrateResponse } from '@sillage/contracts';
import { takeBaseline } from '../domain/baseline.ts';
import { readDeviceKey, readSpan } from '../domain/fields.ts';
import type { HandlerParts } from './handlers.ts';
import { presentDevice, presentFindings } from './messages.ts';

/** Readings a baseline is taken from: the newest of the span. Hours at 1 Hz, minutes at 100 Hz. */
const maxReadingsUsed = 20_000;

/** Calibrate: a span of stored clean-air readings becomes the device's baseline. */
export async function calibrateDevice(
  { devices, readings, types, metrics, now }: HandlerParts,
  request: CalibrateRequest__Output,
): Promise<CalibrateResponse> {
  const key = readDeviceKey(request);
  const span = readSpan(request);
  const device = await devices.get(key);
  const type = await types.find(device.sensorType);
  const cleanAir = await readings.read(device.id, device.channels, {
    ...span,
    limit: maxReadingsUsed,
    keep: 'newest',
  });
  const { calibration, findings } = takeBaseline(cleanAir, type);
  await devices.calibrate(key, {
    mode: calibration.mode,
    baseline: calibration.baseline,
    span,
    readingsUsed: cleanAir.timesMs.length,
    at: now(),
  });
  void metrics.refresh();
  return {
    device: presentDevice(await devices.get(key)),
    readingsUsed: cleanAir.timesMs.length,
    findings: presentFindings(findings),
  };
}
