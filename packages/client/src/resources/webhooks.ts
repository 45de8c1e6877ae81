import type { components } from '../generated/api.ts';
import type { Transport } from '../http/transport.ts';
import type { QueryOf } from '../http/typed.ts';
import type { CallOptions } from '../options.ts';
import { Listing } from '../pages.ts';

type Schemas = components['schemas'];
export type Webhook = Schemas['Webhook'];
export type CreatedWebhook = Schemas['CreatedWebhook'];
export type WebhookDelivery = Schemas['WebhookDelivery'];
/** Which deliveries. */
export type DeliveryFilter = Omit<QueryOf<'/api/v1/webhook-deliveries', 'get'>, 'before'>;
const webhooks = '/api/v1/webhooks';
const deliveries = '/api/v1/webhook-deliveries';

/** Webhooks that are told of every job of the account, and what was told, to them and to those of single jobs. */
export class Webhooks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes one, at most 10 an account. A `secret` that was made for you is shown this once. */
  create(body: Schemas['CreateWebhookRequest'], options: CallOptions = {}): Promise<CreatedWebhook> {
    return this.#transport.call('post', webhooks, { body }, { options });
  }

  /** Newest first. */
  async list(options: CallOptions = {}): Promise<readonly Webhook[]> {
    return (await this.#transport.call('get', webhooks, {}, { options })).webhooks;
  }

  /** Removes it with its deliveries. May be sent twice. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call('delete', `${webhooks}/{id}`, { path: { id } }, { options });
  }

  /** Sends it a test, which tells of no job. */
  test(id: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    return this.#transport.call('post', `${webhooks}/{id}/test`, { path: { id } }, { options });
  }

  /** What was told to webhooks, with each attempt, newest first. `jobs.deliveries` has those of one job. */
  deliveries(filter: DeliveryFilter = {}, options: CallOptions = {}): Listing<WebhookDelivery> {
    return new Listing(async (before) => {
      const query = { ...filter, ...(before === undefined ? {} : { before }) };
      const page = await this.#transport.call('get', deliveries, { query }, { options });
      return { items: page.deliveries, next: page.next };
    });
  }

  /** Sends a delivery once more. */
  redeliver(deliveryId: string, options: CallOptions = {}): Promise<WebhookDelivery> {
    const parts = { path: { id: deliveryId } };
    return this.#transport.call('post', `${deliveries}/{id}/redeliver`, parts, { options });
  }
}
