import { invalidField, type Log, reasonOf } from '@sillage/kit';
import { readSensorType, type SensorType } from '../domain/sensor-type.ts';
import type { DescribedModel } from './inference.ts';
import type { SensorTypeStore, StoredSensorType } from './sensor-type-store.ts';

export interface SensorTypesOptions {
  readonly store: SensorTypeStore;
  describe: () => Promise<readonly DescribedModel[]>;
  /** Told of every kind of head when it becomes known. */
  onKnown: (name: string) => void;
  readonly log: Log;
  /** How often to ask again when inference answers, and when it does not; milliseconds. */
  readonly refreshMs: number;
  readonly retryMs: number;
}

/**
 * The kinds of sensor heads, as the models of inference describe them. Kept in memory and in Postgres, so that readings
 * are taken while inference is away; asked for again now and then, soon after inference was away, and when someone names
 * a kind that is not known.
 */
export class SensorTypes {
  readonly #options: SensorTypesOptions;
  readonly #types = new Map<string, SensorType>();
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SensorTypesOptions) {
    this.#options = options;
  }

  /** Takes over what is stored, then starts asking inference; does not wait for it. */
  async start(): Promise<void> {
    for (const stored of await this.#options.store.all()) {
      const type = this.#read(stored);
      if (type) this.#learn(type);
    }
    this.#schedule(0);
  }

  /** Throws invalid_input that names the kinds there are; unavailable when inference must be asked and is away. */
  async find(name: string): Promise<SensorType> {
    const known = this.#types.get(name);
    if (known) return known;
    await this.refresh();
    const found = this.#types.get(name);
    if (found) return found;
    const names = [...this.#types.keys()].join(', ') || 'none at the moment';
    throw invalidField('/sensor_type', `there is no sensor type ${name}; known are ${names}`);
  }

  /** Asks inference now; those who ask at the same time share one call. Rejects when it cannot be asked. */
  refresh(): Promise<void> {
    this.#running ??= this.#ask().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const models = await this.#options.describe();
    // Of several models for one head the default comes last, and stays.
    const ordered = models.toSorted((a, b) => Number(a.isDefault) - Number(b.isDefault));
    const described = new Map<string, StoredSensorType>();
    for (const { model, parameters } of ordered) {
      const name = nameOf(parameters);
      if (name === undefined) this.#options.log.warn({ model }, 'an e-nose model names no sensor type');
      else described.set(name, { name, model, parameters });
    }
    for (const stored of described.values()) {
      const type = this.#read(stored);
      if (!type) continue;
      // Stored first: a device refers to its kind.
      await this.#options.store.save(stored);
      this.#learn(type);
    }
  }

  #read({ model, parameters }: StoredSensorType): SensorType | undefined {
    try {
      return readSensorType(model, parameters);
    } catch (error) {
      this.#options.log.error(
        { model, reason: reasonOf(error) },
        'the parameters of an e-nose model cannot be read',
      );
      return undefined;
    }
  }

  #learn(type: SensorType): void {
    this.#types.set(type.name, type);
    this.#options.onKnown(type.name);
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#tick(), delayMs);
    this.#timer.unref();
  }

  async #tick(): Promise<void> {
    const { log, refreshMs, retryMs } = this.#options;
    try {
      await this.refresh();
      this.#schedule(refreshMs);
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'sensor types not refreshed');
      this.#schedule(retryMs);
    }
  }
}

function nameOf(parameters: unknown): string | undefined {
  if (typeof parameters !== 'object' || parameters === null || !('sensor_type' in parameters))
    return undefined;
  return typeof parameters.sensor_type === 'string' ? parameters.sensor_type : undefined;
}
