import { batches } from '../batches.ts';
import type { components } from '../generated/api.ts';
import type { Transport } from '../http/transport.ts';
import type { QueryOf } from '../http/typed.ts';
import type { CallOptions } from '../options.ts';
import { Listing } from '../pages.ts';
import { type Reading, SensorStream, type SensorStreamOptions } from '../sensor-stream.ts';

export type Device = components['schemas']['Device'];
export type Classification = components['schemas']['Classification'];
export type Ingested = components['schemas']['IngestedReadings'];
export type CalibrateRequest = components['schemas']['CalibrateRequest'];
export type Calibrated = components['schemas']['CalibrateResponse'];

/** Readings of one request. */
export const maxReadings = 10_000;
const devices = '/api/v1/sensors/devices';
const device = '/api/v1/sensors/devices/{id}';

export class Sensors {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Registers an e-nose. */
  createDevice(
    body: components['schemas']['CreateDeviceRequest'],
    options: CallOptions = {},
  ): Promise<Device> {
    return this.#transport.call('post', devices, { body }, { options });
  }

  /** Newest first. */
  devices({ limit, ...options }: CallOptions & { limit?: number | undefined } = {}): Listing<Device> {
    return new Listing(async (before) => {
      const query = {
        ...(limit === undefined ? {} : { limit }),
        ...(before === undefined ? {} : { before }),
      };
      const page = await this.#transport.call('get', devices, { query }, { options });
      return { items: page.devices, next: page.next };
    });
  }

  getDevice(id: string, options: CallOptions = {}): Promise<Device> {
    return this.#transport.call('get', device, { path: { id } }, { options });
  }

  /** Removes it with its readings and calibrations. */
  async deleteDevice(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call('delete', device, { path: { id } }, { options });
  }

  /**
   * Stores readings, any number of them, 10,000 a request and one request after the other. A reading that is there
   * already counts as a duplicate, so the same may be sent again.
   */
  async sendReadings(
    id: string,
    readings: Iterable<Reading> | AsyncIterable<Reading>,
    options: CallOptions = {},
  ): Promise<Ingested> {
    const total: Ingested = {
      ...{ stored: 0, duplicates: 0, out_of_order: 0, findings: [] },
      ...{ refused: [], refused_total: 0 },
    };
    let sent = 0;
    for await (const batch of batches(readings, maxReadings)) {
      const answer = await this.#transport.call(
        'post',
        `${device}/readings`,
        { path: { id }, body: { readings: batch } },
        { isRepeatable: true, options },
      );
      total.stored += answer.stored;
      total.duplicates += answer.duplicates;
      total.out_of_order += answer.out_of_order;
      total.findings.push(...answer.findings);
      const before = sent;
      total.refused.push(...answer.refused.map((one) => ({ ...one, index: before + one.index })));
      total.refused_total += answer.refused_total;
      sent += batch.length;
    }
    return total;
  }

  /** Stored readings, oldest first. */
  readings(
    id: string,
    query: Omit<QueryOf<`${typeof device}/readings`, 'get'>, 'limit'> & { limit?: number } = {},
    options: CallOptions = {},
  ): Listing<Reading> {
    return new Listing(async (from) => {
      const page = await this.#transport.call(
        'get',
        `${device}/readings`,
        { path: { id }, query: { ...query, ...(from === undefined ? {} : { from }) } },
        { options },
      );
      return { items: page.readings, next: page.next };
    });
  }

  /** Takes a span of readings in clean air as the baseline. */
  calibrate(id: string, body: CalibrateRequest = {}, options: CallOptions = {}): Promise<Calibrated> {
    return this.#transport.call('post', `${device}/calibrations`, { path: { id }, body }, { options });
  }

  /** What it smells now, or at the end of a window in the past. */
  classification(
    id: string,
    query: QueryOf<`${typeof device}/classification`, 'get'> = {},
    options: CallOptions = {},
  ): Promise<Classification> {
    return this.#transport.call('get', `${device}/classification`, { path: { id }, query }, { options });
  }

  /** Opens a live stream: readings in, classifications out. Works in pages too, by a ticket. */
  stream(id: string, options: SensorStreamOptions = {}): SensorStream {
    return new SensorStream(this.#transport, id, options);
  }
}
