import type {
  Calibration,
  Device,
  Drift as WireDrift,
  QualityFinding as WireFinding,
} from '@sillage/contracts';
import type { CalibrationRecord, DeviceRecord } from '../clients/device-store.ts';
import type { Drift } from '../domain/drift.ts';
import type { QualityFinding } from '../domain/quality.ts';

export function presentDevice(device: DeviceRecord): Device {
  const { calibration } = device;
  return {
    id: device.id,
    tenantId: device.tenantId,
    name: device.name,
    sensorType: device.sensorType,
    channels: [...device.channels],
    createdAt: device.createdAt.toISOString(),
    lastReadingAt: device.lastReadingMs === undefined ? '' : new Date(device.lastReadingMs).toISOString(),
    readings: device.readings,
    calibration: {
      calibrated: calibration.kind === 'calibrated',
      calibratedAt: device.calibratedAt?.toISOString() ?? '',
      baseline: calibration.kind === 'calibrated' ? Object.fromEntries(calibration.baseline) : {},
    },
  };
}

export function presentCalibration(record: CalibrationRecord): Calibration {
  const { fromMs, toMs } = record.span;
  return {
    id: record.id,
    mode: record.mode,
    baseline: Object.fromEntries(record.baseline),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    readingsUsed: record.readingsUsed,
    createdAt: record.at.toISOString(),
  };
}

export function presentFindings(findings: readonly QualityFinding[]): WireFinding[] {
  return findings.map(({ channel, kind, count, detail }) => ({ channel, kind, count, detail }));
}

const driftStatuses = {
  uncalibrated: 'DRIFT_STATUS_UNCALIBRATED',
  steady: 'DRIFT_STATUS_STEADY',
  below_baseline: 'DRIFT_STATUS_BELOW_BASELINE',
} as const;

/** @param endMs end of the window; earlier than the calibration where an old window is looked at */
export function presentDrift(
  drift: Drift,
  calibratedAt: Date | undefined,
  endMs: number | undefined,
): WireDrift {
  const ageMs = calibratedAt && endMs !== undefined ? endMs - calibratedAt.getTime() : 0;
  return {
    status: driftStatuses[drift.kind],
    calibrationAgeS: Math.max(0, ageMs / 1000),
    channels: drift.kind === 'uncalibrated' ? [] : [...drift.channels],
  };
}
