import { setTimeout as delay } from 'node:timers/promises';
import { presentClassification, sensorsService } from '@sillage/contracts';
import {
  type AppError,
  type Health,
  isFault,
  type Log,
  type Metrics,
  reasonOf,
  toAppError,
} from '@sillage/kit';
import { connect } from 'mqtt';
import type { DeviceKey } from '../domain/fields.ts';
import { classifyWindow } from '../rpc/classify-window.ts';
import type { HandlerParts } from '../rpc/handlers.ts';
import { ingestReadings } from '../rpc/ingest-readings.ts';
import { connectOptions, type MqttSettings } from './config.ts';
import { type MqttMessage, readMessage } from './message.ts';
import { StateBoard } from './state-board.ts';
import { deviceOfTopic, stateTopic, subscription } from './topics.ts';

/** What became of a message. `unnumbered`: stored by its times alone, since the number before it never came. */
export const mqttOutcomes = ['stored', 'settled_before', 'unnumbered', 'refused', 'no_device'] as const;
type Outcome = (typeof mqttOutcomes)[number];

export interface MqttDoorOptions {
  readonly url: string;
  readonly settings: MqttSettings;
  readonly parts: HandlerParts;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  /** Least time between two states of a device, milliseconds. */
  readonly stateEveryMs?: number;
  /** How long a message waits for the number before its own, which another pod may have in hand. */
  readonly patienceMs?: number;
}

const retryMs = 100;
const longestRetryMs = 5000;
/** Sessions remembered whose numbers have a gap. */
const maxGaps = 1000;

/** Shows the counter from zero, whether there is a broker or not. */
export function showMqtt(metrics: Metrics): void {
  for (const outcome of mqttOutcomes)
    metrics.counter('olfactory_sensor_mqtt_messages_total').inc({ outcome }, 0);
}

/**
 * Takes readings from a broker. A message is acknowledged when it is stored, or refused for good; while Postgres is
 * away it stays with the broker. Numbered messages are settled as those of any stream are, so one that comes again is
 * stored once. Resolves when the connection is begun; a broker that is away is waited for.
 */
export function openMqttDoor(options: MqttDoorOptions): { close: () => Promise<void> } {
  const { url, settings, parts, log, metrics, health } = options;
  const { stateEveryMs = 5000, patienceMs = 2000 } = options;
  const topic = subscription(settings.MQTT_SHARE);
  const stopped = new AbortController();
  const gaps = new Set<string>();
  let state = 'not yet connected';
  let isUp = false;
  health.addCheck(
    'mqtt',
    async () => {
      if (!isUp) throw new Error(state);
      return state;
    },
    { isVital: false },
  );

  const client = connect(url, connectOptions(settings));
  const board = new StateBoard({
    classify: async (device) => {
      const method = sensorsService.GetClassification;
      // As it would arrive by gRPC: what is absent has its default.
      const answer = await classifyWindow(parts, { ...device });
      return presentClassification(method.responseDeserialize(method.responseSerialize(answer)));
    },
    publish: async (device, told) => {
      if (client.connected) {
        await client.publishAsync(stateTopic(device), JSON.stringify(told), { qos: 0, retain: true });
      }
    },
    everyMs: stateEveryMs,
    log,
  });

  const store = async (device: DeviceKey, { block, position }: MqttMessage): Promise<Outcome> => {
    const request = { ...device, block, stream: position ?? null };
    const name = position && `${device.deviceId} ${position.session}`;
    if (position?.sequence === 1) gaps.delete(name ?? '');
    if (name === undefined || gaps.has(name)) {
      await ingestReadings(parts, { ...request, stream: null });
      return name === undefined ? 'stored' : 'unnumbered';
    }
    const untilMs = performance.now() + patienceMs;
    for (;;) {
      try {
        const { alreadySettled } = await ingestReadings(parts, request);
        return alreadySettled ? 'settled_before' : 'stored';
      } catch (error) {
        if (toAppError(error).code !== 'conflict') throw error;
        if (performance.now() > untilMs || stopped.signal.aborted) break;
      }
      await delay(retryMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
    if (gaps.size >= maxGaps) gaps.clear();
    gaps.add(name);
    await ingestReadings(parts, { ...request, stream: null });
    return 'unnumbered';
  };

  /** Resolves with what became of it; rejects when it is to be had again. */
  const take = async (from: string, payload: Uint8Array): Promise<Outcome> => {
    const device = deviceOfTopic(from);
    if (!device) return 'no_device';
    for (let waitMs = retryMs; ; waitMs = Math.min(2 * waitMs, longestRetryMs)) {
      try {
        const message = readMessage(payload);
        const outcome = await store(device, message);
        const { session, sequence: settled } = message.position ?? {};
        board.note(device, session === undefined || settled === undefined ? {} : { session, settled });
        return outcome;
      } catch (error) {
        const failure = toAppError(error);
        if (failure.code === 'not_found') return 'no_device';
        if (isForGood(failure)) {
          board.note(device, { refused: failure });
          return 'refused';
        }
        if (isFault(failure.code)) log.error({ err: error }, 'a message of the broker failed');
        stopped.signal.throwIfAborted();
        await delay(waitMs, undefined, { signal: stopped.signal });
      }
    }
  };

  let inHand: Promise<unknown> = Promise.resolve();
  client.handleMessage = ({ topic: from, payload }, done) => {
    inHand = take(from, Buffer.from(payload)).then(
      (outcome) => {
        metrics.counter('olfactory_sensor_mqtt_messages_total').inc({ outcome });
        done();
      },
      // Told to stop: it is not acknowledged, and the broker has it for whoever comes next.
      () => {},
    );
  };
  client.on('connect', () => {
    client.subscribe(topic, { qos: 1 }, (error, granted) => {
      isUp = !error && !granted?.some(({ qos }) => qos >= 128);
      state = isUp ? `subscribed to ${topic}` : `the broker refuses a subscription to ${topic}`;
      if (isUp) log.info({ topic }, 'subscribed');
      else log.error({ topic, reason: error && reasonOf(error) }, 'subscription refused');
    });
  });
  const away = (reason: string) => {
    if (isUp || state !== reason) log.warn({ reason }, 'the broker is away');
    isUp = false;
    state = reason;
  };
  client.on('error', (error) => away(error.message || String(error)));
  client.on('close', () => {
    if (!stopped.signal.aborted && isUp) away('the connection to the broker broke');
  });

  return {
    close: async () => {
      // Another pod of the group takes over; alone, the broker keeps what comes for the next one of our name.
      if (settings.MQTT_SHARE !== undefined && client.connected) {
        await client.unsubscribeAsync(topic).catch(() => {});
      }
      stopped.abort();
      board.close();
      await inHand;
      await client.endAsync(true).catch(() => {});
    },
  };
}

/** What no time mends: it is acknowledged, so that it does not come again for ever. */
function isForGood({ code }: AppError): boolean {
  return code === 'invalid_input' || code === 'too_large' || code === 'forbidden';
}
