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
export type Calibration = components['schemas']['Calibration'];
export type SensorHistory = components['schemas']['SensorHistory'];
export type SensorArray = components['schemas']['SensorArray'];
export type SensorArrayClassification = components['schemas']['SensorArrayClassification'];

/** Readings of one request. */
export const maxReadings = 10_000;
const devices = '/api/v1/sensors/devices';
const device = '/api/v1/sensors/devices/{id}';
const arrays = '/api/v1/sensors/arrays';

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

  /** Readings over time, as fine as a plot of so many `points` can show them. */
  history(
    id: string,
    query: QueryOf<`${typeof device}/history`, 'get'> = {},
    options: CallOptions = {},
  ): Promise<SensorHistory> {
    return this.#transport.call('get', `${device}/history`, { path: { id }, query }, { options });
  }

  /**
   * Takes a span of readings in clean air as the baseline. `span` is a second point, in a gas of known levels, which
   * gives each channel its gain; `environment` corrects for temperature and humidity; `certificate` says who did it.
   * With `dry_run` it tells what would come of it, and keeps nothing.
   */
  calibrate(id: string, body: CalibrateRequest = {}, options: CallOptions = {}): Promise<Calibrated> {
    return this.#transport.call('post', `${device}/calibrations`, { path: { id }, body }, { options });
  }

  /** The calibrations it has had, newest first, with their certificates; the first holds, until it expires. */
  calibrations(id: string, options: CallOptions = {}): Listing<Calibration> {
    return new Listing(async (next) => {
      const query = next === undefined ? {} : { before: Number(next) };
      const parts = { path: { id }, query };
      const page = await this.#transport.call('get', `${device}/calibrations`, parts, { options });
      return { items: page.calibrations, next: page.next };
    });
  }

  /** What it smells now, or at the end of a window in the past. */
  classification(
    id: string,
    query: QueryOf<`${typeof device}/classification`, 'get'> = {},
    options: CallOptions = {},
  ): Promise<Classification> {
    return this.#transport.call('get', `${device}/classification`, { path: { id }, query }, { options });
  }

  /** Declares 2 to 16 devices of one sensor type that smell the same air, to be asked as one. */
  createArray(
    body: components['schemas']['CreateSensorArrayRequest'],
    options: CallOptions = {},
  ): Promise<SensorArray> {
    return this.#transport.call('post', arrays, { body }, { options });
  }

  /** Newest first. */
  async arrays(options: CallOptions = {}): Promise<readonly SensorArray[]> {
    return (await this.#transport.call('get', arrays, {}, { options })).arrays;
  }

  /** Removes an array; its devices stay. */
  async deleteArray(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call('delete', `${arrays}/{id}`, { path: { id } }, { options });
  }

  /** What the devices of an array smell together; `members` says who took part, and why others did not. */
  classifyArray(
    id: string,
    query: QueryOf<`${typeof arrays}/{id}/classification`, 'get'> = {},
    options: CallOptions = {},
  ): Promise<SensorArrayClassification> {
    return this.#transport.call('get', `${arrays}/{id}/classification`, { path: { id }, query }, { options });
  }

  /** A ticket for a page that opens a stream itself: good for one connection within half a minute. */
  streamTicket(id: string, options: CallOptions = {}): Promise<components['schemas']['StreamTicket']> {
    return this.#transport.call('post', `${device}/stream-tickets`, { path: { id } }, { options });
  }

  /** Opens a live stream: readings in, classifications out. Works in pages too, by a ticket. */
  stream(id: string, options: SensorStreamOptions = {}): SensorStream {
    return new SensorStream(this.#transport, id, options);
  }
}
