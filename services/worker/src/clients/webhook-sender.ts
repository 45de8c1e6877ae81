import { lookup as lookUp } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import {
  type AddressPolicy,
  type AttemptOutcome,
  type DueDelivery,
  hostOf,
  signatureOf,
} from '@sillage/jobs';
import { reasonOf } from '@sillage/kit';

/** One attempt, from looking up the name to the answer's first line. */
const attemptTimeoutMs = 10_000;

/**
 * Sends a delivery by POST. Only addresses that the policy lets through are connected to: the check is on the very
 * addresses the socket gets, so a name that changes its mind between check and connection gains nothing. Redirects
 * are not followed, and of the answer only the status is read.
 */
export class WebhookSender {
  readonly #policy: AddressPolicy;
  readonly #version: string;
  readonly #lookUp: typeof lookUp;

  constructor(options: {
    readonly policy: AddressPolicy;
    readonly version: string;
    /** How names are looked up; the system's way unless said. */
    readonly lookUp?: typeof lookUp;
  }) {
    this.#lookUp = options.lookUp ?? lookUp;
    this.#policy = options.policy;
    this.#version = options.version;
  }

  /** Never rejects: what went wrong is the outcome. */
  async send(delivery: DueDelivery): Promise<AttemptOutcome> {
    const started = performance.now();
    const outcome = (status: number | undefined, error: string | undefined): AttemptOutcome => ({
      isDelivered: error === undefined,
      status,
      error: error?.slice(0, 500),
      durationMs: performance.now() - started,
    });
    try {
      const status = await this.#post(delivery);
      if (status >= 200 && status < 300) return outcome(status, undefined);
      const isRedirect = status >= 300 && status < 400;
      return outcome(
        status,
        isRedirect ? 'the answer was a redirect; those are not followed' : `status ${status}`,
      );
    } catch (error) {
      return outcome(undefined, reasonOf(error));
    }
  }

  #post({ id, event, url: text, secret, payload }: DueDelivery): Promise<number> {
    if (secret === undefined)
      return Promise.reject(new Error('the secret of the webhook cannot be read any more'));
    const fault = this.#policy.faultOf(text);
    if (fault) return Promise.reject(new Error(`the URL ${fault}`));
    const url = new URL(text);
    const isPlain = url.protocol === 'http:';
    const request = isPlain ? requestHttp : requestHttps;
    return new Promise((resolve, reject) => {
      const outgoing = request(url, {
        method: 'POST',
        // A connection of its own: a kept one would not be looked up again.
        agent: false,
        lookup: this.#lookup(isPlain),
        signal: AbortSignal.timeout(attemptTimeoutMs),
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'content-length': Buffer.byteLength(payload),
          'user-agent': `Sillage-Webhooks/${this.#version}`,
          'sillage-event': event,
          'sillage-delivery': id,
          'sillage-signature': signatureOf(secret, payload, Math.floor(Date.now() / 1000)),
        },
      });
      outgoing.once('response', (answer) => {
        resolve(answer.statusCode ?? 0);
        answer.on('error', () => {});
        answer.destroy();
      });
      // Not once: an answer that was cut off may be followed by an error of its own.
      outgoing.on('error', (error) =>
        reject(error.name === 'TimeoutError' ? new Error('no answer within 10 seconds') : error),
      );
      // A host that is an address is not looked up.
      if (this.#isRefusedLiteral(hostOf(url), isPlain)) {
        outgoing.destroy(refusal(hostOf(url)));
        return;
      }
      outgoing.end(payload);
    });
  }

  #isRefusedLiteral(host: string, isPlain: boolean): boolean {
    const isAddress = /^[\d.]+$/.test(host) || host.includes(':');
    return isAddress && !this.#isLetThrough(host, isPlain);
  }

  /** By http only to networks that the operator named. */
  #isLetThrough(address: string, isPlain: boolean): boolean {
    const reach = this.#policy.reach(address);
    return reach === 'allowed' || (reach === 'public' && !isPlain);
  }

  #lookup(isPlain: boolean): LookupFunction {
    return (hostname, options, callback) => {
      this.#lookUp(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) {
          callback(error, '', 0);
          return;
        }
        const refused = addresses.find(({ address }) => !this.#isLetThrough(address, isPlain));
        const [first] = addresses;
        if (refused || !first) callback(refusal(hostname), '', 0);
        else if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    };
  }
}

function refusal(host: string): Error {
  return new Error(`${host} is an address inside a network; webhooks go to the public internet`);
}
