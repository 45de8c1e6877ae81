import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError, env } from '@sillage/kit';
import { z } from 'zod';
import { delimiters } from './lines/csv.ts';
import { lineFormats } from './lines/line-reader.ts';
import { fullPolicies } from './spool.ts';

const delimiterNames = Object.keys(delimiters) as [keyof typeof delimiters, ...(keyof typeof delimiters)[]];

/** What an edge agent is told, by the environment or a file of the same names. */
export const edgeVariables = z.object({
  /** Where the fleet's gateway is. */
  SILLAGE_URL: env.url(['http:', 'https:']).default('http://127.0.0.1:8080'),
  /** A key with the scope sensors. */
  SILLAGE_API_KEY: env.secret('a key of the fleet with the scope sensors'),
  /** Id of the device whose readings these are. Absent: the device called SENSOR_NAME, made where there is none. */
  SILLAGE_DEVICE: env.text('id of a device').optional(),
  SENSOR_NAME: env.text('name of the device').optional(),
  /** Kind of sensor head, for a device that is made; absent: the fleet's default. */
  SENSOR_TYPE: env.text('kind of sensor head').optional(),

  /** A serial port, as /dev/ttyUSB0 or COM3. */
  SENSOR_PORT: env.text('path of a serial port').optional(),
  SENSOR_BAUDRATE: env.integer(50, 4_000_000).default(115_200),
  /** Seconds of silence after which the port is opened anew; 0: never. */
  SENSOR_TIMEOUT: env.integer(0, 86_400).default(30),
  /** How a line is written. `auto`: JSON where it begins with a brace, else CSV. */
  SENSOR_FORMAT: env.oneOf(lineFormats).default('auto'),
  /** Columns of the CSV by commas, `t` for the time, `-` for one to pass over. Absent: its header tells them. */
  SENSOR_COLUMNS: env.list().optional(),
  /** What parts the cells. Absent: the first of tab, semicolon and comma that is there, else spaces. */
  SENSOR_DELIMITER: env.oneOf(delimiterNames).optional(),

  /** A broker nearby instead of a port: mqtt://[user:password@]host[:1883] or mqtts://. */
  EDGE_MQTT_URL: env
    .url(['mqtt:', 'mqtts:', 'ws:', 'wss:'])
    .transform((value) => ({ reveal: () => value, toJSON: () => '[redacted]', toString: () => '[redacted]' }))
    .optional(),
  /** What to subscribe to there; may hold + and #. */
  EDGE_MQTT_TOPIC: env.text('topic to subscribe to').optional(),
  EDGE_MQTT_VERSION: env.oneOf(['3.1.1', '5']).default('5'),

  /** A file of NDJSON or CSV instead, or - for standard input. */
  EDGE_INPUT: env.text('path of a file, or -').optional(),

  /** Where readings wait for the fleet. */
  EDGE_SPOOL: env.text('path of a file').default('sillage-edge.db'),
  /** Readings kept at most, megabytes of text: 256 hold two weeks of 12 channels at 1 Hz. */
  EDGE_SPOOL_MB: env.integer(1, 1_000_000).default(256),
  /** Which readings go when it is full and the sensor cannot wait. */
  EDGE_SPOOL_FULL: env.oneOf(fullPolicies).default('oldest'),
});

export type EdgeVariables = Readonly<z.output<typeof edgeVariables>>;

/** What holds of several variables together. Throws ConfigError. */
export function checkEdge(config: EdgeVariables): void {
  const problems: { variable: string; detail: string }[] = [];
  const sources = (['SENSOR_PORT', 'EDGE_MQTT_URL', 'EDGE_INPUT'] as const).filter((name) => config[name]);
  if (sources.length !== 1) {
    const which = sources.length === 0 ? 'none of them is set' : `${sources.join(' and ')} are set`;
    problems.push({
      variable: 'SENSOR_PORT',
      detail: `exactly one of SENSOR_PORT, EDGE_MQTT_URL and EDGE_INPUT is needed; ${which}`,
    });
  }
  if (config.EDGE_MQTT_URL && config.EDGE_MQTT_TOPIC === undefined) {
    problems.push({
      variable: 'EDGE_MQTT_TOPIC',
      detail: 'is needed with EDGE_MQTT_URL: topic to subscribe to',
    });
  }
  const columns = config.SENSOR_COLUMNS?.filter((name) => name !== '-');
  if (columns && (columns.length === 0 || new Set(columns).size !== columns.length)) {
    problems.push({
      variable: 'SENSOR_COLUMNS',
      detail: 'must name each column once, and at least one; - passes one over',
    });
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

/**
 * The environment, and under it the file that EDGE_CONFIG names: lines of NAME=value, as systemd reads them. What the
 * environment sets, holds.
 */
export function withEdgeFile(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const path = environment['EDGE_CONFIG'];
  if (!path) return environment;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError([{ variable: 'EDGE_CONFIG', detail: 'must name a file that can be read' }]);
  }
  const values = parseEnv(text);
  const known = new Set(Object.keys(edgeVariables.shape));
  const unknown = Object.keys(values).filter(
    (name) => /^(EDGE|SENSOR|SILLAGE)_/.test(name) && !known.has(name),
  );
  if (unknown.length > 0) {
    throw new ConfigError(
      unknown.map((variable) => ({ variable, detail: 'is no variable of the edge agent' })),
    );
  }
  const set = Object.entries(environment).filter(([, value]) => value !== undefined && value !== '');
  return { ...values, ...Object.fromEntries(set) };
}
