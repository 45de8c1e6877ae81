import type { ClassificationJson } from '@sillage/contracts';
import { type AppError, errorKinds, type Log, reasonOf, toAppError } from '@sillage/kit';
import type { DeviceKey } from '../domain/fields.ts';

/** What stands retained under a device's state topic. */
export interface DeviceState {
  readonly status: 'receiving' | 'refused';
  /** When this was written, RFC 3339. */
  readonly at: string;
  /** Of numbered messages: the last one that was settled. */
  readonly session?: string;
  readonly settled?: number;
  /** Of `refused`: why the last message was, as the API would say it. */
  readonly problem?: {
    readonly code: string;
    readonly title: string;
    readonly detail: string;
    readonly errors: unknown;
  };
  /** What the device smells; null where it cannot be said at the moment. */
  readonly classification: ClassificationJson | null;
}

export interface NewsOfDevice {
  readonly session?: string;
  readonly settled?: number;
  readonly refused?: AppError;
}

export interface StateBoardOptions {
  classify: (device: DeviceKey) => Promise<ClassificationJson>;
  publish: (device: DeviceKey, state: DeviceState) => Promise<void>;
  readonly everyMs: number;
  readonly log: Log;
}

/** Devices whose state waits to be told; those beyond are told with their next message. */
const maxWaiting = 10_000;

/** Tells each device's state at most every `everyMs`, one after the other, so that classifying does not hold up storing. */
export class StateBoard {
  readonly #options: StateBoardOptions;
  readonly #waiting = new Map<string, { device: DeviceKey; news: NewsOfDevice }>();
  readonly #toldMs = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #isTelling = false;

  constructor(options: StateBoardOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#tell(), Math.min(1000, options.everyMs));
    this.#timer.unref();
  }

  note(device: DeviceKey, news: NewsOfDevice): void {
    const name = `${device.tenantId}/${device.deviceId}`;
    if (this.#waiting.size >= maxWaiting && !this.#waiting.has(name)) return;
    this.#waiting.set(name, { device, news });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const nowMs = Date.now();
    for (const [name, toldMs] of this.#toldMs) {
      if (nowMs - toldMs >= this.#options.everyMs) this.#toldMs.delete(name);
    }
    for (const [name, { device, news }] of this.#waiting) {
      if (this.#toldMs.has(name)) continue;
      this.#waiting.delete(name);
      this.#toldMs.set(name, Date.now());
      await this.#tellOne(device, news).catch((error: unknown) =>
        this.#options.log.warn({ reason: reasonOf(error) }, 'state of a device not published'),
      );
    }
    this.#isTelling = false;
  }

  async #tellOne(device: DeviceKey, { refused, ...numbers }: NewsOfDevice): Promise<void> {
    const classification = await this.#options.classify(device).catch((error: unknown) => {
      // It is gone, and its topic stays as it is.
      if (toAppError(error).code === 'not_found') throw error;
      return null;
    });
    await this.#options.publish(device, {
      status: refused ? 'refused' : 'receiving',
      at: new Date().toISOString(),
      ...numbers,
      ...(refused
        ? {
            problem: {
              code: refused.code,
              title: errorKinds[refused.code].title,
              detail: refused.message,
              errors: refused.errors,
            },
          }
        : {}),
      classification,
    });
  }
}
