import { applyCalibration, type Calibration, holds } from './calibration.ts';
import { type Drift, followDrift, judgeDrift } from './drift.ts';
import { airChannels, correctEnvironment } from './environment.ts';
import { inspect, type QualityFinding } from './quality.ts';
import { type ReadingBlock, selectRows } from './readings.ts';
import { qualityRules, type SensorType, windowRules } from './sensor-type.ts';
import { findNoise, findRateChange } from './signal.ts';
import { newestWindow, type SensorWindow } from './window.ts';
import { arrangeChannels } from './wire-block.ts';

export interface PreparedWindow {
  /** Its frames are corrected by the calibration. */
  readonly window: SensorWindow;
  /** Of the classifier's channels: stuck over all readings given, the rest within the window; of the device its rate. */
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
  const measured = withoutEnvironment(stored, whole.block, type, calibration);
  const window = newestWindow(measured, windowRules(type));
  const startMs = (window.endMs ?? 0) - (window.frameCount - 0.5) * 1000;
  const rows = own.timesMs.flatMap((time, row) => (time >= startMs ? [row] : []));
  const findings = [
    ...whole.findings.filter(({ kind }) => kind === 'stuck'),
    ...inspect(selectRows(own, rows), rules).findings.filter(({ kind }) => kind !== 'stuck'),
    ...findNoise(selectRows(whole.block, rows), rules.channels),
    ...findRateChange(own.timesMs),
  ];
  const drift = judgeDrift(window.frames, type.channels, calibration);
  const followed = followDrift(calibration, drift);
  const frames = applyCalibration(window.frames, type.channels, followed, type.cleanAir);
  return { window: { ...window, frames }, findings, drift };
}

/** The classifier's channels less what temperature and humidity add to them, where a calibration says what that is. */
function withoutEnvironment(
  stored: ReadingBlock,
  own: ReadingBlock,
  type: SensorType,
  calibration: Calibration,
): ReadingBlock {
  const environment = calibration.kind === 'calibrated' ? calibration.environment : undefined;
  if (!environment) return own;
  const { block } = inspect(stored, qualityRules(type, stored.channels));
  return arrangeChannels(correctEnvironment(block, environment, airChannels(type)), own.channels);
}

export type SmellStatus = 'ready' | 'uncalibrated' | 'unknown_pattern';

/**
 * What an answer is worth. An unknown pattern comes first: its first substance is not to be believed whatever the
 * device. Without a calibration that holds the answer is the best there is, and says so: the model was trained on one
 * device.
 */
export function judgeSmell(isUnknown: boolean, calibration: Calibration, now: Date): SmellStatus {
  if (isUnknown) return 'unknown_pattern';
  return holds(calibration, now) ? 'ready' : 'uncalibrated';
}
