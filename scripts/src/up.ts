import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { localApiKey } from './credentials.ts';
import { askThreeQuestions } from './demo.ts';
import { defaultData } from './fleet/data-folder.ts';
import { type Fleet, freePorts, startFleet } from './fleet/fleet.ts';
import { ServiceProcess } from './fleet/process.ts';

const usage = `usage: npm start -- [options]

Starts every service on this machine and asks the three questions. Without DATABASE_URL and REDIS_URL it runs
embedded: a real Postgres from a package, its data in --data. With both it uses yours. With SENSOR_PORT (and
SENSOR_BAUDRATE, SENSOR_TIMEOUT) an edge agent reads the sensor there (npm run sillage -- edge --help).

  --port N       port of the API (default 8080, or PORT)
  --grpc-port N  port of the Open Inference Protocol over gRPC (default: one above --port)
  --host ADDR    address of the API (default 127.0.0.1)
  --data DIR     folder for the database, credentials and logs (default .sillage)
  --no-demo      do not ask the three questions
  --once         stop after the three questions
  --verbose      show the services' logs here instead of writing them to the data folder
`;

/** `sillage up`: resolves with the exit code when the fleet has stopped. */
export async function up(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      port: { type: 'string', default: process.env['PORT'] ?? '8080' },
      'grpc-port': { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      data: { type: 'string', default: defaultData },
      demo: { type: 'boolean', default: true },
      once: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const port = portOf(values.port, '--port');
  // Free where the other is: a fleet on free ports is one of several.
  const grpcPort = values['grpc-port'] === undefined ? undefined : portOf(values['grpc-port'], '--grpc-port');
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;
  if (databaseUrl === undefined && redisUrl !== undefined) {
    throw new Error(
      'REDIS_URL alone does not make a fleet: set DATABASE_URL as well, or neither to run embedded',
    );
  }

  const stopRequested = requestToStop();
  const started = performance.now();
  const starting = startFleet({
    dataDir: resolve(values.data),
    port,
    grpcPort: grpcPort ?? (port === 0 ? undefined : port + 1),
    host: values.host,
    databaseUrl,
    redisUrl,
    showLog: values.verbose,
    onEvent: (text) => process.stderr.write(`sillage: ${text}\n`),
  });
  const fleet = await starting;
  let edge: ServiceProcess | undefined;
  try {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`Sillage is ready (${fleet.mode}, ${seconds} s)\n\n`);
    edge = await startEdge(fleet, values.verbose);
    const work = introduce(fleet, values.demo, values.once);
    if (values.once) await Promise.race([work, stopRequested]);
    else {
      await Promise.race([work, stopRequested]);
      await stopRequested;
    }
  } finally {
    process.stderr.write('\nsillage: stopping…\n');
    await edge?.stop(edgeStopMs);
    await fleet.stop();
  }
  return 0;
}

function portOf(text: string, option: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new Error(`${option} must be a whole number from 0 to 65535, not "${text}"`);
}

const edgeStopMs = 5000;

/** The agent that reads the sensor of SENSOR_PORT into this fleet; undefined: there is none. */
async function startEdge(fleet: Fleet, showLog: boolean): Promise<ServiceProcess | undefined> {
  const { SENSOR_PORT: sensorPort, SILLAGE_DEVICE: device, SENSOR_NAME: name } = process.env;
  if (!sensorPort) return undefined;
  const [port = 0] = await freePorts(1);
  const edge = new ServiceProcess({
    name: 'edge',
    script: join(import.meta.dirname, '../../services/edge/dist/index.js'),
    env: {
      ...Object.fromEntries(
        Object.entries(process.env).filter((entry): entry is [string, string] => !!entry[1]),
      ),
      SILLAGE_URL: fleet.url,
      SILLAGE_API_KEY: await localApiKey(fleet),
      ...(device || name ? {} : { SENSOR_NAME: `sensor at ${sensorPort}` }),
      EDGE_SPOOL: join(fleet.data.path, 'edge.db'),
      METRICS_PORT: String(port),
      ...(showLog ? {} : { LOG_FILE: fleet.data.log('edge') }),
    },
    nodeOptions: ['--max-semi-space-size=1'],
    showLog,
    onErrorLine: (line) => process.stderr.write(`sillage: edge: ${line}\n`),
    onCrash: (exit) => process.stderr.write(`sillage: edge ended (${exit}); starting it again\n`),
  });
  await edge.start();
  process.stdout.write(
    `Sensor   ${sensorPort}   (npm run sillage -- edge status --status http://127.0.0.1:${port})\n`,
  );
  return edge;
}

/** Shows what the fleet answers and how to go on. */
async function introduce(fleet: Fleet, isDemo: boolean, isOnce: boolean): Promise<void> {
  const key = await localApiKey(fleet);
  if (isDemo) await askThreeQuestions({ url: fleet.url, key, print: (text) => process.stdout.write(text) });
  if (isOnce) return;
  process.stdout.write(`Console  ${fleet.url}   (sign in with the key)
API      ${fleet.url}   (reference: ${fleet.url}/docs)
gRPC     ${fleet.grpcTarget}   (Open Inference Protocol)
Key      ${key}
Data     ${fleet.data.path}

  curl -s ${fleet.url}/api/v1/predict -H 'X-API-Key: ${key}' \\
       -H 'Content-Type: application/json' -d '{"smiles":"CC(=O)OCCC(C)C"}'

Ctrl-C stops everything; the data stays.
`);
}

/** Resolves on a signal, or when the process that started us is gone. A second signal ends at once. */
function requestToStop(): Promise<void> {
  return new Promise((resolvePromise) => {
    let count = 0;
    const stop = () => {
      count += 1;
      if (count > 1) process.exit(1);
      resolvePromise();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    process.on('disconnect', resolvePromise);
  });
}
