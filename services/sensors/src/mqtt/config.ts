import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { env, Secret } from '@sillage/kit';
import type { IClientOptions } from 'mqtt';

/** A broker whose readings the service takes; nothing of it where MQTT_URL is absent. */
export const mqttVariables = {
  /** mqtt://[user:password@]host[:1883] or mqtts://…; as a secret, since it may hold one. */
  MQTT_URL: env
    .url(['mqtt:', 'mqtts:', 'ws:', 'wss:'])
    .transform((value) => new Secret(value))
    .optional(),
  MQTT_VERSION: env.oneOf(['3.1.1', '5']).default('5'),
  /**
   * Group of a shared subscription, so that several pods take turns; the broker must know MQTT 5 or share all the same.
   * Absent: one pod subscribes, and the broker keeps what comes while it is away.
   */
  MQTT_SHARE: env.text('name of a group').optional(),
  /** Our name at the broker, another for each pod of a group. Absent: the host's in a group, else always the same. */
  MQTT_CLIENT_ID: env.text('name of a client').optional(),
  /** Files in PEM: who the broker may be, and who we are. */
  MQTT_CA_FILE: env.text('path of a file').optional(),
  MQTT_CERT_FILE: env.text('path of a file').optional(),
  MQTT_KEY_FILE: env.text('path of a file').optional(),
};

export interface MqttSettings {
  readonly MQTT_URL?: Secret | undefined;
  readonly MQTT_VERSION: '3.1.1' | '5';
  readonly MQTT_SHARE?: string | undefined;
  readonly MQTT_CLIENT_ID?: string | undefined;
  readonly MQTT_CA_FILE?: string | undefined;
  readonly MQTT_CERT_FILE?: string | undefined;
  readonly MQTT_KEY_FILE?: string | undefined;
}

/** For how long the broker keeps what it has for a pod that is away, seconds. */
const sessionS = 86_400;

/** Throws where a file cannot be read. */
export function connectOptions(settings: MqttSettings): IClientOptions {
  const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const tls = Object.entries({
    ca: file(settings.MQTT_CA_FILE),
    cert: file(settings.MQTT_CERT_FILE),
    key: file(settings.MQTT_KEY_FILE),
  }).filter(([, value]) => value !== undefined);
  const isShared = settings.MQTT_SHARE !== undefined;
  return {
    ...Object.fromEntries(tls),
    protocolVersion: settings.MQTT_VERSION === '5' ? 5 : 4,
    // Alone, the name stays when the pod is replaced, and the session is gone on with.
    clientId: settings.MQTT_CLIENT_ID ?? (isShared ? `sillage-sensors-${hostname()}` : 'sillage-sensors'),
    clean: false,
    reconnectPeriod: 1000,
    connectTimeout: 10_000,
    // What is published while the broker is away is a state: the next one says more.
    queueQoSZero: false,
    // One message at a time is in hand; few more wait here.
    ...(settings.MQTT_VERSION === '5'
      ? { properties: { sessionExpiryInterval: sessionS, receiveMaximum: 20 } }
      : {}),
  };
}
