import type {
  Calibration,
  Device,
  DeviceState,
  Drift as WireDrift,
  QualityFinding as WireFinding,
} from '@sillage/contracts';
import type { CalibrationRecord, DeviceRecord } from '../clients/device-store.ts';
import type { FaultRecord } from '../clients/fault-book.ts';
import { advice } from '../domain/advice.ts';
import { holds } from '../domain/calibration.ts';
import type { Drift } from '../domain/drift.ts';
import type { Span } from '../domain/fields.ts';
import type { QualityFinding } from '../domain/quality.ts';
import { sampleHz } from '../domain/signal.ts';

/** @param now what tells whether its calibration has expired */
export function presentDevice(device: DeviceRecord, now: Date): Device {
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
      expiresAt: calibration.kind === 'calibrated' ? (calibration.expiresAt?.toISOString() ?? '') : '',
      expired: calibration.kind === 'calibrated' && !holds(calibration, now),
    },
  };
}

/** @param reference levels of the reference device in clean air; empty where the type is not known */
export function presentCalibration(
  record: CalibrationRecord,
  reference: ReadonlyMap<string, number>,
): Calibration {
  const { calibration, second, certificate } = record;
  const { environment } = calibration;
  return {
    id: record.id,
    mode: calibration.mode,
    baseline: Object.fromEntries(calibration.baseline),
    ...ends(record.span),
    readingsUsed: record.readingsUsed,
    createdAt: record.at.toISOString(),
    gains: Object.fromEntries(calibration.gains ?? []),
    reference: Object.fromEntries([...reference].filter(([name]) => calibration.baseline.has(name))),
    span: second ? { ...ends(second), levels: Object.fromEntries(second.levels) } : null,
    environment: environment ? { ...environment, coefficients: [...environment.coefficients] } : null,
    certificate: certificate ?? null,
    expiresAt: calibration.expiresAt?.toISOString() ?? '',
  };
}

function ends({ fromMs, toMs }: Span): { fromMs?: number; toMs?: number } {
  return { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
}

const silentAfterMs = 60_000;
const activeMs = 300_000;

/** How a device does, from its faults and its last readings. */
export function presentState(
  device: DeviceRecord,
  faults: readonly FaultRecord[],
  timesMs: readonly number[],
  now: Date,
): DeviceState {
  const { lastReadingMs } = device;
  const live = lastReadingMs !== undefined && now.getTime() - lastReadingMs < silentAfterMs;
  return {
    status: lastReadingMs === undefined ? 'never' : live ? 'live' : 'silent',
    sampleHz: sampleHz(timesMs) ?? 0,
    faults: faults.map(({ channel, kind, firstAt, lastAt, readings, detail }) => ({
      ...{ channel, kind, detail, count: readings },
      firstAt: firstAt.toISOString(),
      lastAt: lastAt.toISOString(),
      active: now.getTime() - lastAt.getTime() < activeMs,
      advice: Object.entries(advice).find(([name]) => name === kind)?.[1] ?? '',
    })),
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
    channels:
      drift.kind === 'uncalibrated'
        ? []
        : drift.channels.map((fallen) => ({ ...fallen, correction: fallen.baseline - fallen.level })),
  };
}
