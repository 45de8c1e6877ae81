import { z } from 'zod';
import type { GetHistoryResponse__Output } from '../generated/sillage/sensors/v1/GetHistoryResponse.ts';
import { moment, oneOf, queryNumber, rounded, shape } from './fields.ts';

/** Points that one history has at most. */
export const maxHistoryPoints = 5000;

export const historyQuerySchema = shape({
  from: moment().optional().meta({ description: 'First moment, RFC 3339; absent: an hour before the end.' }),
  to: moment().optional().meta({ description: 'Last moment, RFC 3339; absent: the last reading.' }),
  points: queryNumber(1, maxHistoryPoints).default(600).meta({
    description: 'Points that the plot can show: the finest resolution that has no more is chosen.',
  }),
  resolution: oneOf(['auto', 'raw', 'minute', 'hour']).default('auto').meta({
    description: 'Readings as they are, or means of minutes or of hours, which are kept longer.',
  }),
});
export type HistoryQuery = z.infer<typeof historyQuerySchema>;

const series = z.array(z.number().nullable());
export const historySchema = z
  .object({
    resolution: z.enum(['raw', 'minute', 'hour']),
    from: z.string(),
    to: z.string(),
    times: z.array(z.string()).meta({
      description: 'Of each point: its reading, or the beginning of its minute or hour.',
    }),
    readings: z.array(z.number().int()).meta({ description: 'How many each point sums up.' }),
    channels: z.record(z.string(), z.object({ mean: series, min: series, max: series })).meta({
      description: 'One value a point; null: not measured. Of single readings all three are alike.',
    }),
    next: z.string().nullable().meta({ description: '`from` of the rest, where there are more points.' }),
  })
  .meta({ id: 'SensorHistory' });
export type HistoryJson = z.infer<typeof historySchema>;

const resolutions = {
  RESOLUTION_UNSPECIFIED: undefined,
  RESOLUTION_RAW: 'raw',
  RESOLUTION_MINUTE: 'minute',
  RESOLUTION_HOUR: 'hour',
} as const;
const widthMs = { raw: 1, minute: 60_000, hour: 3_600_000 } as const;

/** The name of a resolution on the wire. */
export const wireResolutions = {
  auto: 'RESOLUTION_UNSPECIFIED',
  raw: 'RESOLUTION_RAW',
  minute: 'RESOLUTION_MINUTE',
  hour: 'RESOLUTION_HOUR',
} as const;

/** Readings over time, as the API shows them. Throws TypeError for an answer without a resolution. */
export function presentHistory(response: GetHistoryResponse__Output): z.infer<typeof historySchema> {
  const resolution = resolutions[response.resolution];
  if (!resolution) throw new TypeError('a history has no resolution');
  const { channels, timeMs } = response;
  const read = (bytes: Buffer, column: number) =>
    timeMs.map((_, row) => {
      const value = bytes.readDoubleLE((row * channels.length + column) * 8);
      return Number.isNaN(value) ? null : resolution === 'raw' ? value : rounded(value, 3);
    });
  const entries = channels.map((name, column) => {
    const mean = read(response.means, column);
    const [min, max] =
      resolution === 'raw' ? [mean, mean] : [read(response.minima, column), read(response.maxima, column)];
    return [name, { mean, min, max }] as const;
  });
  const last = timeMs.at(-1);
  return {
    resolution,
    from: new Date(response.fromMs).toISOString(),
    to: new Date(response.toMs).toISOString(),
    times: timeMs.map((time) => new Date(time).toISOString()),
    readings: [...response.readings],
    channels: Object.fromEntries(entries),
    next:
      response.truncated && last !== undefined ? new Date(last + widthMs[resolution]).toISOString() : null,
  };
}
