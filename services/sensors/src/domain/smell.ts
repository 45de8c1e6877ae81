import { applyCalibration, type Calibration } from './calibration.ts';
import { type Drift, judgeDrift } from './drift.ts';
import { inspect, type QualityFinding } from './quality.ts';
import { type ReadingBlock, selectRows } from './readings.ts';
import { qualityRules, type SensorType, windowRules } from './sensor-type.ts';
import { newestWindow, type SensorWindow } from './window.ts';
import { arrangeChannels } from './wire-block.ts';

export interface PreparedWindow {
  /** Its frames are corrected by the calibration. */
  readonly window: SensorWindow;
  /** Of the classifier's channels: stuck over all readings given, the rest within the window. */
  readonly findings: readonly QualityFinding[];
  readonly drift: Drift;
}

/** The newest window of stored readings (by time) as the classifier takes it. */
export function prepareWindow(
  stored: ReadingBlock,
  type: SensorType,
  calibration: Calibration,
): PreparedWindow {
  const rules = { ...qualityRules(type, stored.channels), otherChannels: [] };
  const own = arrangeChannels(
    stored,
    rules.channels.map(({ name }) => name),
  );
  const whole = inspect(own, rules);
  const window = newestWindow(whole.block, windowRules(type));
  const startMs = (window.endMs ?? 0) - (window.frameCount - 0.5) * 1000;
  const rows = own.timesMs.flatMap((time, row) => (time >= startMs ? [row] : []));
  const findings = [
    ...whole.findings.filter(({ kind }) => kind === 'stuck'),
    ...inspect(selectRows(own, rows), rules).findings.filter(({ kind }) => kind !== 'stuck'),
  ];
  const frames = applyCalibration(window.frames, type.channels, calibration, type.cleanAir);
  const drift = judgeDrift(window.frames, type.channels, calibration);
  return { window: { ...window, frames }, findings, drift };
}

export type SmellStatus = 'ready' | 'uncalibrated' | 'unknown_pattern';

/**
 * What an answer is worth. An unknown pattern comes first: its first substance is not to be believed whatever the
 * device. Without a calibration the answer is the best there is, and says so: the model was trained on one device.
 */
export function judgeSmell(isUnknown: boolean, calibration: Calibration): SmellStatus {
  if (isUnknown) return 'unknown_pattern';
  return calibration.kind === 'calibrated' ? 'ready' : 'uncalibrated';
}
