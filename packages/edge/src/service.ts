import { env, type Log, reasonOf, type ServiceDefinition } from '@sillage/kit';
import { EdgeAgent } from './agent.ts';
import { FleetApi } from './api.ts';
import { checkEdge, type EdgeVariables, edgeVariables } from './config.ts';
import { showAgent } from './show-agent.ts';
import { FileSource } from './sources/file.ts';
import { MqttSource } from './sources/mqtt.ts';
import { SerialSource } from './sources/serial.ts';
import type { Source } from './sources/source.ts';
import { Spool } from './spool.ts';
import { usage } from './usage.ts';

const config = edgeVariables.extend({
  // An agent is asked from its own machine, unless it is told otherwise.
  HOST: env.text('address to listen on').default('127.0.0.1'),
});

const megabyte = 1024 * 1024;

/** The source that the configuration names. `session`: a name of this installation that stays. */
export function openSource(config: EdgeVariables, session: string): Source {
  const lines = {
    format: config.SENSOR_FORMAT,
    delimiter: config.SENSOR_DELIMITER,
    columns: config.SENSOR_COLUMNS,
  };
  if (config.SENSOR_PORT !== undefined) {
    const { SENSOR_PORT: path, SENSOR_BAUDRATE: baudRate, SENSOR_TIMEOUT: timeoutS } = config;
    return new SerialSource({ ...lines, path, baudRate, timeoutS });
  }
  if (config.EDGE_MQTT_URL !== undefined && config.EDGE_MQTT_TOPIC !== undefined) {
    return new MqttSource({
      ...lines,
      url: config.EDGE_MQTT_URL.reveal(),
      topic: config.EDGE_MQTT_TOPIC,
      version: config.EDGE_MQTT_VERSION === '5' ? 5 : 4,
      clientId: session,
    });
  }
  return new FileSource({ ...lines, path: config.EDGE_INPUT ?? '-' });
}

/** Builds the agent of a configuration. */
export function openAgent(
  config: EdgeVariables,
  log: Log,
): { readonly agent: EdgeAgent; readonly spool: Spool } {
  checkEdge(config);
  const spool = new Spool({
    path: config.EDGE_SPOOL,
    maxBytes: config.EDGE_SPOOL_MB * megabyte,
    full: config.EDGE_SPOOL_FULL,
  });
  const agent = new EdgeAgent({
    source: openSource(config, installationOf(spool)),
    spool,
    api: new FleetApi({ url: config.SILLAGE_URL, key: config.SILLAGE_API_KEY.reveal() }),
    device: { id: config.SILLAGE_DEVICE, name: config.SENSOR_NAME, sensorType: config.SENSOR_TYPE },
    log,
  });
  return { agent, spool };
}

/** The first session's name: sessions may change, what a broker knows us by must not. */
function installationOf(spool: Spool): string {
  const known = spool.state('installation');
  if (known !== undefined) return known;
  spool.setState('installation', spool.session);
  return spool.session;
}

/**
 * The edge agent: readings of a sensor nearby, kept on disk until the fleet has them. `onDone`: the source has an end, was
 * read to it, and the fleet has everything; or it cannot be read.
 */
export function edgeAgent(onDone: (error?: unknown) => void): ServiceDefinition<typeof config> {
  return {
    name: 'edge',
    config,
    commands: {
      '--help': async () => {
        process.stdout.write(usage);
        return 0;
      },
    },
    start: async ({ config, log, metrics, health, defer }) => {
      const { agent, spool } = openAgent(config, log);
      defer('spool', () => spool.close());
      showAgent({ agent, spool, metrics, health });
      const work = agent.run().then(() => {
        log.info('the source is read to its end');
        return agent.drained();
      });
      defer('agent', () => agent.stop());
      work.then(
        () => onDone(),
        (error: unknown) => {
          if (agent.isStopping) return;
          log.fatal({ reason: reasonOf(error) }, 'the source cannot be read');
          onDone(error);
        },
      );
      return {};
    },
  };
}
