import { AppError, type FieldError } from '@sillage/kit';
import { type Calibration, calibrate, defaultStability } from './calibration.ts';
import { airChannels, correctEnvironment } from './environment.ts';
import { inspect } from './quality.ts';
import type { ReadingBlock } from './readings.ts';
import { qualityRules, type SensorType } from './sensor-type.ts';

type Calibrated = Calibration & { readonly kind: 'calibrated' };

/** Beyond it the gas did not reach the sensor, or it is another gas. */
const plausibleGain = { least: 0.2, most: 5 } as const;
/** Counts by which a gas must move the reference for a gain to mean something. */
const leastStep = 10;

/**
 * The second point of a calibration: readings in a gas whose levels on the reference device are known. Gives a gain to
 * each channel that `levels` names; the others keep theirs. Throws invalid_input that says of each channel what is wrong.
 */
export function takeSpan(
  stored: ReadingBlock,
  type: SensorType,
  baseline: Calibrated,
  levels: ReadonlyMap<string, number>,
): Calibrated {
  const rules = qualityRules(type, stored.channels);
  const { block: measured } = inspect(stored, rules);
  const block = baseline.environment
    ? correctEnvironment(measured, baseline.environment, airChannels(type))
    : measured;
  const errors: FieldError[] = [];
  const asked = new Map<string, number>();
  for (const [channel, level] of levels) {
    const pointer = `/span/levels/${channel}`;
    const reference = type.cleanAir.get(channel);
    const own = baseline.baseline.get(channel);
    if (reference === undefined || own === undefined) {
      const known = [...baseline.baseline.keys()].join(', ');
      errors.push({ pointer, detail: `${channel} has no baseline; channels that have one are ${known}` });
    } else if (Math.abs(level - reference) < leastStep) {
      errors.push({
        pointer,
        detail: `${channel}: ${level} is less than ${leastStep} from its level in clean air (${reference}); use a stronger gas`,
      });
    } else asked.set(channel, level);
  }
  if (errors.length > 0) throw wrong(errors);

  const outcome = calibrate(block, { reference: asked, mode: 'offset', ...defaultStability });
  if (outcome.kind === 'failed') {
    throw wrong(
      outcome.problems.map(({ channel, kind, detail }) => ({
        pointer: kind === 'too_few_readings' ? '/span/to' : '/span/from',
        detail: `${channel}: ${detail.replace('a baseline needs', 'a span needs')}`,
      })),
    );
  }
  const gains = new Map(baseline.gains ?? []);
  for (const [channel, level] of asked) {
    const reference = type.cleanAir.get(channel) ?? 0;
    const rise = (outcome.calibration.baseline.get(channel) ?? 0) - (baseline.baseline.get(channel) ?? 0);
    const gain = (level - reference) / rise;
    if (gain >= plausibleGain.least && gain <= plausibleGain.most) gains.set(channel, gain);
    else {
      errors.push({
        pointer: `/span/levels/${channel}`,
        detail: `${channel}: moved by ${round(rise)} where the reference moves by ${round(level - reference)}; check that the gas reached the sensor and is the one named`,
      });
    }
  }
  if (errors.length > 0) throw wrong(errors);
  return { ...baseline, mode: 'offset', gains };
}

function wrong(errors: readonly FieldError[]): AppError {
  return new AppError('invalid_input', errors[0]?.detail ?? 'the span cannot be used', { errors });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
