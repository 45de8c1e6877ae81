import { invalidField } from '@sillage/kit';
import type { Environment } from './environment.ts';
import type { Span } from './fields.ts';

const maxValidDays = 3650;
/** A sensor that changes more with one degree or percent measures the weather. */
const maxSlope = 1000;

/** Days a calibration holds; undefined: until the next one. Throws invalid_input. */
export function readValidDays(days: number): number | undefined {
  if (days === 0) return undefined;
  if (!Number.isInteger(days) || days > maxValidDays) {
    throw invalidField('/valid_days', `valid_days must be a whole number from 1 to ${maxValidDays}`);
  }
  return days;
}

/** The second point that is asked for. Throws invalid_input where it names no level. */
export function readSecondPoint(
  span: { fromMs?: number; toMs?: number; levels: Readonly<Record<string, number>> } | null,
): (Span & { readonly levels: ReadonlyMap<string, number> }) | undefined {
  if (!span) return undefined;
  const { fromMs, toMs } = span;
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw invalidField('/span/to', 'to must not be before from');
  }
  const levels = new Map(Object.entries(span.levels));
  if (levels.size === 0) {
    throw invalidField(
      '/span/levels',
      'levels must name at least one channel and what the reference reports there',
    );
  }
  for (const [channel, level] of levels) {
    if (!Number.isFinite(level)) throw invalidField(`/span/levels/${channel}`, 'a level must be a number');
  }
  return { fromMs, toMs, levels };
}

/** Who calibrated and with what, without the white space around it. Throws invalid_input. */
export function readCertificate(
  certificate: {
    readonly performedBy: string;
    readonly referenceGas: string;
    readonly note: string;
  } | null,
): { readonly performedBy: string; readonly referenceGas: string; readonly note: string } | undefined {
  if (!certificate) return undefined;
  const performedBy = certificate.performedBy.trim();
  const referenceGas = certificate.referenceGas.trim();
  const note = certificate.note.trim();
  for (const [name, value, most] of [
    ['performed_by', performedBy, 200],
    ['reference_gas', referenceGas, 200],
    ['note', note, 1000],
  ] as const) {
    if (value.length > most) {
      throw invalidField(`/certificate/${name}`, `${name} must have at most ${most} characters`);
    }
  }
  if (performedBy === '') throw invalidField('/certificate/performed_by', 'performed_by must not be empty');
  return { performedBy, referenceGas, note };
}

/** Coefficients that are given; undefined: none are, fit them. Throws invalid_input. */
export function readEnvironment(
  asked: {
    readonly coefficients: readonly {
      readonly channel: string;
      readonly perCelsius: number;
      readonly perPercent: number;
    }[];
    readonly referenceTemperature: number;
    readonly referenceHumidity: number;
    readonly source: string;
  },
  channels: readonly string[],
): Environment | undefined {
  const { coefficients, referenceTemperature, referenceHumidity } = asked;
  if (coefficients.length === 0) return undefined;
  const source = asked.source.trim();
  if (source === '' || source.length > 500) {
    throw invalidField(
      '/environment/source',
      'source must say where the coefficients are from, in 1 to 500 characters',
    );
  }
  for (const { channel, perCelsius, perPercent } of coefficients) {
    const at = `/environment/coefficients/${channel}`;
    if (!channels.includes(channel)) {
      throw invalidField(at, `${channel} is not corrected; channels that can be are ${channels.join(', ')}`);
    }
    if (!(Math.abs(perCelsius) <= maxSlope && Math.abs(perPercent) <= maxSlope)) {
      throw invalidField(at, `a coefficient must be from -${maxSlope} to ${maxSlope} of the channel's unit`);
    }
  }
  return {
    coefficients: coefficients.map(({ channel, perCelsius, perPercent }) => ({
      ...{ channel, perCelsius, perPercent },
      explained: 0,
    })),
    ...{ referenceTemperature, referenceHumidity, source },
  };
}
