import { AppError, type FieldError } from '@sillage/kit';
import { type Calibration, type CalibrationProblem, calibrate, defaultStability } from './calibration.ts';
import { airChannels, correctEnvironment, type Environment } from './environment.ts';
import { inspect, type QualityFinding } from './quality.ts';
import { type ReadingBlock, valueAt } from './readings.ts';
import { qualityRules, type SensorType } from './sensor-type.ts';

export interface Baseline {
  readonly calibration: Calibration & { readonly kind: 'calibrated' };
  readonly findings: readonly QualityFinding[];
}

/**
 * Takes stored clean-air readings as a device's baseline. A channel that measured nothing at all is left out while the
 * classifier can do without it: one dead sensor does not keep the others from being calibrated.
 *
 * Throws invalid_input that says of each channel what is missing: `/to` where the span has too few values, `/from` where
 * it is not steady.
 */
export function takeBaseline(
  stored: ReadingBlock,
  type: SensorType,
  environment?: Environment | undefined,
): Baseline {
  const rules = qualityRules(type, stored.channels);
  const { block: measured, findings } = inspect(stored, rules);
  const block = environment ? correctEnvironment(measured, environment, airChannels(type)) : measured;
  const dead = [...type.cleanAir.keys()].filter((name) => !isMeasured(block, name));
  const reference =
    dead.length > type.maxMissingChannels
      ? type.cleanAir
      : new Map([...type.cleanAir].filter(([name]) => !dead.includes(name)));
  const outcome = calibrate(block, { reference, mode: type.calibrationMode, ...defaultStability });
  if (outcome.kind === 'failed') throw explain(outcome.problems, stored.timesMs.length);
  const own = new Set(rules.channels.map(({ name }) => name));
  const calibration = { ...outcome.calibration, environment };
  return { calibration, findings: findings.filter(({ channel }) => own.has(channel)) };
}

function isMeasured(block: ReadingBlock, channel: string): boolean {
  const column = block.channels.indexOf(channel);
  return block.timesMs.some((_, row) => !Number.isNaN(valueAt(block, row, column)));
}

function explain(problems: readonly CalibrationProblem[], readings: number): AppError {
  const errors = problems.map(({ channel, kind, detail }): FieldError => {
    const pointer = kind === 'too_few_readings' ? '/to' : '/from';
    return { pointer, detail: `${channel}: ${detail}` };
  });
  const isShort = problems.some(({ kind }) => kind === 'too_few_readings');
  const advice = isShort
    ? `the span holds too few readings (${readings}) for a baseline; choose a longer one`
    : 'the readings of the span are not steady; choose one in which the device is warm and in clean air';
  return new AppError('invalid_input', advice, { errors });
}
