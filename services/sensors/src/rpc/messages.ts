import type { Device, QualityFinding as WireFinding } from '@sillage/contracts';
import type { DeviceRecord } from '../clients/device-store.ts';
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

export function presentFindings(findings: readonly QualityFinding[]): WireFinding[] {
  return findings.map(({ channel, kind, count, detail }) => ({ channel, kind, count, detail }));
}
