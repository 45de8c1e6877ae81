import { hostname } from 'node:os';
import { z } from 'zod';
import { retryAfterMs } from './backoff.ts';

/** The fleet said no, or nothing. */
export class UplinkError extends Error {
  /** Least time before it makes sense to ask again, milliseconds. */
  readonly waitMs: number;
  /** Whether a person must act: a credential, a device, an address. */
  readonly needsPerson: boolean;

  constructor(message: string, options: { waitMs?: number; needsPerson?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'UplinkError';
    this.waitMs = options.waitMs ?? 0;
    this.needsPerson = options.needsPerson ?? false;
  }
}

const timeoutMs = 15_000;
/** Nothing changes by itself here; looked at again all the same, since it may be mended over there. */
export const personWaitMs = 30_000;

/** What an agent reads of a device: no more than it needs, as of events (events.ts). */
const deviceSchema = z.object({ id: z.string(), name: z.string(), channels: z.array(z.string()) });
const deviceListSchema = z.object({ devices: z.array(deviceSchema), next: z.string().nullable() });
export type Device = Readonly<z.infer<typeof deviceSchema>>;

/** The few questions an agent asks before it streams. */
export class FleetApi {
  readonly #url: string;
  readonly #key: string;

  constructor(options: { readonly url: string; readonly key: string }) {
    this.#url = options.url.replace(/\/+$/, '');
    this.#key = options.key;
  }

  get headers(): Record<string, string> {
    return { 'x-api-key': this.#key };
  }

  streamUrl(deviceId: string, session: string): string {
    return `${this.#url.replace(/^http/, 'ws')}/api/v1/sensors/devices/${deviceId}/stream?session=${session}`;
  }

  async device(id: string, signal: AbortSignal): Promise<Device> {
    return deviceSchema.parse(await this.#call('GET', `/${encodeURIComponent(id)}`, signal));
  }

  /** The tenant's device of this name, the newest of several; made where there is none. */
  async deviceByName(name: string, sensorType: string | undefined, signal: AbortSignal): Promise<Device> {
    for (let before: string | null = ''; before !== null; ) {
      const query = before === '' ? '' : `?before=${before}`;
      const page = deviceListSchema.parse(await this.#call('GET', query, signal));
      const found = page.devices.find((device) => device.name === name);
      if (found) return found;
      before = page.next;
    }
    const body = { name, ...(sensorType === undefined ? {} : { sensor_type: sensorType }) };
    return deviceSchema.parse(await this.#call('POST', '', signal, body));
  }

  async #call(method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: unknown): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#url}/api/v1/sensors/devices${path}`, {
        method,
        headers: { ...this.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      text = await response.text();
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UplinkError(`no answer from ${this.#url}: ${reason}`, { cause: error });
    }
    if (response.ok) return JSON.parse(text);
    throw refusal(response.status, text, response.headers.get('retry-after'));
  }
}

/** What an answer other than the one hoped for says. */
export function refusal(status: number, body: string, retryAfter: string | undefined | null): UplinkError {
  let detail = '';
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem === 'object' && problem !== null && 'detail' in problem)
      detail = String(problem.detail);
  } catch {
    // Some proxies answer with a page.
  }
  const needsPerson = status >= 400 && status < 500 && status !== 429 && status !== 408;
  const waitMs = Math.max(retryAfterMs(retryAfter, Date.now()), needsPerson ? personWaitMs : 0);
  return new UplinkError(`the fleet answered ${status}${detail ? `: ${detail}` : ''}`, {
    waitMs,
    needsPerson,
  });
}

/** A name for this machine's sensor, where nobody gave it one. */
export function defaultDeviceName(): string {
  return `edge ${hostname()}`.slice(0, 100);
}
