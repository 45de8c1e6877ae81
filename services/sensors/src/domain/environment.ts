import { type ReadingBlock, valueAt } from './readings.ts';
import type { SensorType } from './sensor-type.ts';

/** What temperature and humidity add to a channel, in its unit. */
export interface EnvironmentCoefficient {
  readonly channel: string;
  readonly perCelsius: number;
  readonly perPercent: number;
  /** Share of the variance of the fitted span that it explains, 0-1; of given coefficients 0. */
  readonly explained: number;
}

export interface Environment {
  readonly coefficients: readonly EnvironmentCoefficient[];
  /** Where nothing is added. */
  readonly referenceTemperature: number;
  readonly referenceHumidity: number;
  /** Where the coefficients are from: what who gave them says, or that they were fitted. */
  readonly source: string;
}

/** The channels that tell the air's temperature (degrees Celsius) and humidity (percent), where the head has them. */
export function airChannels(type: SensorType): { temperature?: string; humidity?: string } {
  const named = (unit: string) =>
    [...type.channels, ...type.otherChannels].find((channel) => channel.unit === unit)?.name;
  const [temperature, humidity] = [named('celsius'), named('percent')];
  return { ...(temperature ? { temperature } : {}), ...(humidity ? { humidity } : {}) };
}

/** Fewest readings of a fit, and the least that the air must change for a slope to mean something. */
export const fitRules = { minReadings: 300, minCelsius: 2, minPercent: 5 } as const;

export type EnvironmentFit =
  | { readonly kind: 'fitted'; readonly environment: Environment }
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * Least squares of each channel on temperature and humidity over readings of one and the same air. What hardly changed
 * has no slope. Faulty values are NaN and left out.
 */
export function fitEnvironment(
  block: ReadingBlock,
  channels: readonly string[],
  air: ReturnType<typeof airChannels>,
): EnvironmentFit {
  const column = (name: string | undefined) => (name === undefined ? -1 : block.channels.indexOf(name));
  const [warmth, damp] = [column(air.temperature), column(air.humidity)];
  const rows = block.timesMs.flatMap((_, row) =>
    Number.isNaN(valueAt(block, row, warmth)) || Number.isNaN(valueAt(block, row, damp)) ? [] : [row],
  );
  if (rows.length < fitRules.minReadings) {
    const detail = `${rows.length} readings have temperature and humidity; a fit needs ${fitRules.minReadings}`;
    return { kind: 'failed', detail };
  }
  const temperatures = rows.map((row) => valueAt(block, row, warmth));
  const humidities = rows.map((row) => valueAt(block, row, damp));
  const useWarmth = range(temperatures) >= fitRules.minCelsius;
  const useDamp = range(humidities) >= fitRules.minPercent;
  if (!useWarmth && !useDamp) {
    const detail = `temperature changes by ${range(temperatures).toFixed(1)} °C and humidity by ${range(humidities).toFixed(1)} %; a fit needs ${fitRules.minCelsius} °C or ${fitRules.minPercent} %`;
    return { kind: 'failed', detail };
  }
  const [referenceTemperature, referenceHumidity] = [mean(temperatures), mean(humidities)];
  const coefficients = channels.flatMap((channel): EnvironmentCoefficient[] => {
    const own = column(channel);
    const used = rows.flatMap((row, at) => (Number.isNaN(valueAt(block, row, own)) ? [] : [at]));
    if (used.length < fitRules.minReadings) return [];
    const level = used.map((at) => valueAt(block, rows[at] ?? -1, own));
    const t = used.map((at) => (useWarmth ? (temperatures[at] ?? 0) - referenceTemperature : 0));
    const h = used.map((at) => (useDamp ? (humidities[at] ?? 0) - referenceHumidity : 0));
    return [{ channel, ...slopes(level, t, h) }];
  });
  return {
    kind: 'fitted',
    environment: {
      coefficients,
      referenceTemperature,
      referenceHumidity,
      source: `fitted to ${rows.length} readings`,
    },
  };
}

/** The readings as they would have been in the reference's air; without temperature and humidity they stay as they are. */
export function correctEnvironment(
  block: ReadingBlock,
  environment: Environment,
  air: ReturnType<typeof airChannels>,
): ReadingBlock {
  const column = (name: string | undefined) => (name === undefined ? -1 : block.channels.indexOf(name));
  const [warmth, damp] = [column(air.temperature), column(air.humidity)];
  const slopesAt = environment.coefficients.map((one) => ({
    ...one,
    column: block.channels.indexOf(one.channel),
  }));
  const values = Float64Array.from(block.values);
  for (let row = 0; row < block.timesMs.length; row++) {
    const celsius = valueAt(block, row, warmth) - environment.referenceTemperature;
    const percent = valueAt(block, row, damp) - environment.referenceHumidity;
    for (const { column: at, perCelsius, perPercent } of slopesAt) {
      if (at < 0) continue;
      const added = part(perCelsius, celsius) + part(perPercent, percent);
      const cell = row * block.channels.length + at;
      if (!Number.isNaN(added)) values[cell] = (values[cell] ?? Number.NaN) - added;
    }
  }
  return { ...block, values };
}

/** Nothing is added by what has no slope, measured or not. */
function part(slope: number, change: number): number {
  return slope === 0 ? 0 : slope * change;
}

/** Slopes of level on two centred variables, a constant one among them perhaps (all zero). */
function slopes(level: readonly number[], t: readonly number[], h: readonly number[]) {
  const [ml, mt, mh] = [mean(level), mean(t), mean(h)];
  let [tt, hh, th, tl, hl, ll] = [0, 0, 0, 0, 0, 0];
  for (const [at, value] of level.entries()) {
    const [dl, dt, dh] = [value - ml, (t[at] ?? 0) - mt, (h[at] ?? 0) - mh];
    tt += dt * dt;
    hh += dh * dh;
    th += dt * dh;
    tl += dt * dl;
    hl += dh * dl;
    ll += dl * dl;
  }
  // Where the two go up and down together they cannot be told apart: the better one of them stands for both.
  const determinant = tt * hh - th * th;
  let [perCelsius, perPercent] = [0, 0];
  if (determinant > 1e-3 * tt * hh) {
    perCelsius = (tl * hh - hl * th) / determinant;
    perPercent = (hl * tt - tl * th) / determinant;
  } else if (tt > 0 && (hh === 0 || (tl * tl) / tt >= (hl * hl) / hh)) perCelsius = tl / tt;
  else if (hh > 0) perPercent = hl / hh;
  const explained = ll > 0 ? Math.min(1, Math.max(0, (perCelsius * tl + perPercent * hl) / ll)) : 0;
  return { perCelsius, perPercent, explained };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** From the 5th to the 95th percentile: a single wrong value makes no change of the air. */
function range(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
  return at(0.95) - at(0.05);
}
