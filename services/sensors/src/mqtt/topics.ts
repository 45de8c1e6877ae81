import type { DeviceKey } from '../domain/fields.ts';

/** The scheme: sillage/v1/TENANT/DEVICE/readings comes in, …/state (retained) goes out. */
const prefix = 'sillage/v1';
const readingsTopic = /^sillage\/v1\/([^/]+)\/([^/]+)\/readings$/;

/** What to subscribe to; `share`: the group that the broker deals messages out to, or undefined. */
export function subscription(share: string | undefined): string {
  const topic = `${prefix}/+/+/readings`;
  return share === undefined ? topic : `$share/${share}/${topic}`;
}

/** Whose readings a topic carries. The broker's access list answers for who may publish there. */
export function deviceOfTopic(topic: string): DeviceKey | undefined {
  const [, tenantId, deviceId] = readingsTopic.exec(topic) ?? [];
  return tenantId === undefined || deviceId === undefined ? undefined : { tenantId, deviceId };
}

export function stateTopic({ tenantId, deviceId }: DeviceKey): string {
  return `${prefix}/${tenantId}/${deviceId}/state`;
}
