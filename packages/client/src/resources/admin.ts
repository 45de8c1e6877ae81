import type { components } from '../generated/api.ts';
import type { Transport } from '../http/transport.ts';
import type { QueryOf } from '../http/typed.ts';
import type { CallOptions } from '../options.ts';
import { Listing } from '../pages.ts';
import { type AuditEntry, type AuditFilter, auditOf } from './account.ts';
import type { CreatedKey, CreateKeyRequest, Key } from './credentials.ts';

type Schemas = components['schemas'];
export type Tenant = Schemas['Tenant'];
export type AdminJob = Schemas['AdminJob'];
export type AuditVerification = Schemas['AuditVerification'];
export type Fleet = Schemas['Fleet'];
type TenantFilter = Omit<QueryOf<'/api/v1/admin/tenants', 'get'>, 'before'>;
type JobFilter = Omit<QueryOf<'/api/v1/admin/jobs', 'get'>, 'before'>;
type ListOptions = CallOptions & { limit?: number | undefined };
const tenants = '/api/v1/admin/tenants';
const tenant = '/api/v1/admin/tenants/{id}';
const jobs = '/api/v1/admin/jobs';
const job = '/api/v1/admin/jobs/{id}';

/** Other tenants, their jobs, and the fleet; asks for the scope `admin`. */
export class Admin {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  createTenant(body: Schemas['CreateTenantRequest'], options: CallOptions = {}): Promise<Tenant> {
    return this.#transport.call('post', tenants, { body }, { options });
  }

  /** Newest first. */
  tenants(filter: TenantFilter = {}, options: CallOptions = {}): Listing<Tenant> {
    return new Listing(async (before) => {
      const query = { ...filter, ...(before === undefined ? {} : { before }) };
      const page = await this.#transport.call('get', tenants, { query }, { options });
      return { items: page.tenants, next: page.next };
    });
  }

  getTenant(id: string, options: CallOptions = {}): Promise<Tenant> {
    return this.#transport.call('get', tenant, { path: { id } }, { options });
  }

  /** Changes the tier, or suspends it. */
  updateTenant(id: string, body: Schemas['UpdateTenantRequest'], options: CallOptions = {}): Promise<Tenant> {
    return this.#transport.call('patch', tenant, { path: { id }, body }, { isRepeatable: true, options });
  }

  /** Erases a tenant with all that belongs to it. `confirm` is its id once more. */
  eraseTenant(id: string, confirm: string, options: CallOptions = {}): Promise<Schemas['Erasure']> {
    return this.#transport.call('delete', tenant, { path: { id }, query: { confirm } }, { options });
  }

  async erasures(options: CallOptions = {}): Promise<readonly Schemas['Erasure'][]> {
    return (await this.#transport.call('get', '/api/v1/admin/erasures', {}, { options })).erasures;
  }

  /** Makes a key for a tenant; `secret` is shown this once. */
  createKey(id: string, body: CreateKeyRequest = {}, options: CallOptions = {}): Promise<CreatedKey> {
    return this.#transport.call('post', `${tenant}/keys`, { path: { id }, body }, { options });
  }

  keys(id: string, { limit, ...options }: ListOptions = {}): Listing<Key> {
    return new Listing(async (before) => {
      const parts = { path: { id }, query: cursor(limit, before) };
      const page = await this.#transport.call('get', `${tenant}/keys`, parts, { options });
      return { items: page.keys, next: page.next };
    });
  }

  clients(id: string, { limit, ...options }: ListOptions = {}): Listing<Key> {
    return new Listing(async (before) => {
      const parts = { path: { id }, query: cursor(limit, before) };
      const page = await this.#transport.call('get', `${tenant}/clients`, parts, { options });
      return { items: page.clients, next: page.next };
    });
  }

  /** Revokes a key or an OAuth client of any tenant. */
  revokeKey(id: string, options: CallOptions = {}): Promise<Key> {
    return this.#transport.call('delete', '/api/v1/admin/keys/{id}', { path: { id } }, { options });
  }

  /** Signs tokens with a new key from now on. */
  rotateSigningKey(
    body: Schemas['RotateSigningKeyRequest'] = {},
    options: CallOptions = {},
  ): Promise<Schemas['RotatedSigningKey']> {
    return this.#transport.call('post', '/api/v1/admin/signing-keys/rotate', { body }, { options });
  }

  /** The audit log, newest first. */
  audit(filter: AuditFilter = {}, options: CallOptions = {}): Listing<AuditEntry, number> {
    return auditOf(this.#transport, '/api/v1/admin/audit', filter, options);
  }

  /** Follows the audit log's chain to its last row. A `head` that was noted with its `rows` shows what was cut off. */
  verifyAudit(
    query: QueryOf<'/api/v1/admin/audit/verification', 'get'> = {},
    options: CallOptions = {},
  ): Promise<AuditVerification> {
    return this.#transport.call('get', '/api/v1/admin/audit/verification', { query }, { options });
  }

  /** How every process of the fleet is, and the backlog of jobs. */
  fleet(options: CallOptions = {}): Promise<Fleet> {
    return this.#transport.call('get', '/api/v1/admin/fleet', {}, { options });
  }

  /** Jobs of all tenants, newest first. Dead letters are those with the status `failed`. */
  jobs(filter: JobFilter = {}, options: CallOptions = {}): Listing<AdminJob> {
    return new Listing(async (before) => {
      const query = { ...filter, ...(before === undefined ? {} : { before }) };
      const page = await this.#transport.call('get', jobs, { query }, { options });
      return { items: page.jobs, next: page.next };
    });
  }

  getJob(id: string, options: CallOptions = {}): Promise<AdminJob> {
    return this.#transport.call('get', job, { path: { id } }, { options });
  }

  /** Tries again what failed in it, as its owner would: what is done again is charged to the tenant. */
  retryJob(id: string, options: CallOptions = {}): Promise<AdminJob> {
    return this.#transport.call('post', `${job}/retry`, { path: { id } }, { options });
  }

  /** May be sent twice. */
  cancelJob(id: string, options: CallOptions = {}): Promise<AdminJob> {
    const settings = { isRepeatable: true, options };
    return this.#transport.call('post', `${job}/cancel`, { path: { id } }, settings);
  }

  /** Removes a job that has ended, with its input and results. It cannot be undone. */
  async deleteJob(id: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.call('delete', job, { path: { id } }, { options });
  }
}

function cursor(limit: number | undefined, before: string | undefined): { limit?: number; before?: string } {
  return { ...(limit === undefined ? {} : { limit }), ...(before === undefined ? {} : { before }) };
}
