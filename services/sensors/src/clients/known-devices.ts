import type { Arrival } from '../domain/clock-skew.ts';
import type { DeviceKey } from '../domain/fields.ts';
import type { DeviceStore } from './device-store.ts';

/** What of a device never changes, and what a pod remembers of it. */
export interface KnownDevice {
  readonly id: string;
  readonly channels: readonly string[];
  readonly sensorType: string;
  /** When its last messages came to this pod. */
  readonly arrivals: Arrival[];
}

const maxKnown = 5000;

/**
 * Devices that send readings, so that each reading does not ask for its device again. That a device has been removed is
 * found where its readings are stored.
 */
export class KnownDevices {
  readonly #store: DeviceStore;
  readonly #known = new Map<string, KnownDevice>();

  constructor(store: DeviceStore) {
    this.#store = store;
  }

  /** Throws not_found. */
  async get(key: DeviceKey): Promise<KnownDevice> {
    const name = `${key.tenantId}/${key.deviceId}`;
    const known = this.#known.get(name);
    if (known) {
      // Last used, last dropped.
      this.#known.delete(name);
      this.#known.set(name, known);
      return known;
    }
    const { id, channels, sensorType } = await this.#store.get(key);
    const device = { id, channels, sensorType, arrivals: [] };
    this.#known.set(name, device);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= maxKnown) break;
      this.#known.delete(oldest);
    }
    return device;
  }

  forget({ tenantId, deviceId }: DeviceKey): void {
    this.#known.delete(`${tenantId}/${deviceId}`);
  }
}
