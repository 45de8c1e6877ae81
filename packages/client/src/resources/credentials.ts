import type { components } from '../generated/api.ts';
import type { Transport } from '../http/transport.ts';
import type { CallOptions } from '../options.ts';
import { Listing } from '../pages.ts';

export type Key = components['schemas']['Key'];
export type CreatedKey = components['schemas']['CreatedKey'];
export type CreateKeyRequest = components['schemas']['CreateKeyRequest'];
export type UpdateKeyRequest = components['schemas']['UpdateKeyRequest'];
type Root = '/api/v1/keys' | '/api/v1/oauth/clients';

/** Keys, or OAuth clients, of the account: both are managed alike. */
export class Credentials {
  readonly #transport: Transport;
  readonly #root: Root;

  constructor(transport: Transport, root: Root) {
    this.#transport = transport;
    this.#root = root;
  }

  /** Makes one. `secret` is shown this once; an answer that was lost cannot be had again, so this is sent once. */
  create(body: CreateKeyRequest = {}, options: CallOptions = {}): Promise<CreatedKey> {
    return this.#transport.call('post', this.#root, { body }, { options });
  }

  /** Newest first, revoked ones included. */
  list({ limit, ...options }: CallOptions & { limit?: number | undefined } = {}): Listing<Key> {
    return new Listing(async (before) => {
      const query = {
        ...(limit === undefined ? {} : { limit }),
        ...(before === undefined ? {} : { before }),
      };
      const page = await this.#transport.call('get', this.#root, { query }, { options });
      return { items: 'keys' in page ? page.keys : page.clients, next: page.next };
    });
  }

  /** What is left out stays as it is. */
  update(id: string, body: UpdateKeyRequest, options: CallOptions = {}): Promise<Key> {
    // It sets what it names, so that twice is the same as once.
    const settings = { isRepeatable: true, options };
    return this.#transport.call('patch', `${this.#root}/{id}`, { path: { id }, body }, settings);
  }

  /** Makes a successor, and lets the old one hold for `overlap_s` seconds more (a day). */
  rotate(
    id: string,
    body: components['schemas']['RotateKeyRequest'] = {},
    options: CallOptions = {},
  ): Promise<CreatedKey> {
    return this.#transport.call('post', `${this.#root}/{id}/rotate`, { path: { id }, body }, { options });
  }

  /** Revokes it everywhere. May be sent twice. */
  revoke(id: string, options: CallOptions = {}): Promise<Key> {
    return this.#transport.call('delete', `${this.#root}/{id}`, { path: { id } }, { options });
  }
}
