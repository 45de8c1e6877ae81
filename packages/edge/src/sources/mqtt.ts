import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { LineReader, type LineReaderOptions } from '../lines/line-reader.ts';
import { LineSplitter } from '../lines/line-splitter.ts';
import { maxLineBytes, type Sink, type Source, slices } from './source.ts';

export interface MqttOptions extends Pick<LineReaderOptions, 'format' | 'delimiter' | 'columns'> {
  /** mqtt://host:port or mqtts://…; user and password may stand in it. */
  readonly url: string;
  readonly topic: string;
  readonly version: 4 | 5;
  /** By this name the broker keeps what comes while we are away. */
  readonly clientId: string;
}

/** Sensors that publish to a broker nearby: each message is one or more lines. Acknowledged when it is on the disk. */
export class MqttSource implements Source {
  readonly #options: MqttOptions;

  constructor(options: MqttOptions) {
    this.#options = options;
  }

  async run(sink: Sink, signal: AbortSignal): Promise<void> {
    const { url, topic, format, delimiter, columns } = this.#options;
    const { countLines: count, now } = sink;
    const reader = new LineReader({ format, delimiter, columns, count, now });
    const client = connect(url, this.#connectOptions());
    // One after the other, as mqtt.js waits for the answer: what cannot be spooled yet is not taken from the broker.
    client.handleMessage = ({ payload }, done) => {
      const splitter = new LineSplitter({ maxBytes: maxLineBytes, count });
      const lines = [...splitter.push(Buffer.from(payload)), ...splitter.finish()];
      const take = async () => {
        for (const part of slices(lines.flatMap((line) => reader.read(line) ?? []))) {
          await sink.takeAll(part, { signal });
        }
      };
      // Told to stop, it is not acknowledged: the broker keeps it for the next time.
      take().then(
        () => done(),
        () => {},
      );
    };
    const where = new URL(url).host;
    client.on('connect', () => {
      client.subscribe(topic, { qos: 1 }, (error, granted) => {
        const isRefused = error || granted?.some(({ qos }) => qos >= 128);
        sink.state.isUp = !isRefused;
        sink.state.detail = isRefused
          ? `the broker at ${where} refuses a subscription to ${topic}`
          : `subscribed to ${topic} at ${where}`;
      });
    });
    client.on('error', (error) => away(error.message || String(error)));
    client.on('close', () => away('the broker is away'));
    const away = (reason: string) => {
      sink.state.isUp = false;
      sink.state.detail = `${where}: ${reason}; trying again`;
    };
    await aborted(signal);
    await close(client);
  }

  #connectOptions(): IClientOptions {
    const { version, clientId } = this.#options;
    return {
      protocolVersion: version,
      clientId,
      clean: false,
      reconnectPeriod: 1000,
      connectTimeout: 10_000,
      // A broker that forgets an absent subscriber after an hour is told so; 3.1.1 has no word for it.
      ...(version === 5 ? { properties: { sessionExpiryInterval: 86_400 } } : {}),
    };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function close(client: MqttClient): Promise<void> {
  await client.endAsync(true).catch(() => {});
}
