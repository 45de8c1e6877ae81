import { UnexpectedAnswerError } from '../errors.ts';
import type { components } from '../generated/api.ts';
import { bytesOf, jsonOf, linesOf } from '../http/read-body.ts';
import type { Transport } from '../http/transport.ts';
import type { QueryOf } from '../http/typed.ts';
import type { CallOptions } from '../options.ts';
import { Listing } from '../pages.ts';

type Schemas = components['schemas'];
export type AuditEntry = Schemas['AuditList']['entries'][number];
/** Which entries; all but `limit` for administrators alone. */
export type AuditFilter = Omit<QueryOf<'/api/v1/admin/audit', 'get'>, 'before'>;
export type ExportLine = Schemas['ExportLine'];

/** The caller's own account. */
export class Account {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Tenant, limits, what of the month is left, and what the credential is good for. */
  get(options: CallOptions = {}): Promise<Schemas['Account']> {
    return this.#transport.call('get', '/api/v1/account', {}, { options });
  }

  usage(
    query: QueryOf<'/api/v1/account/usage', 'get'> = {},
    options: CallOptions = {},
  ): Promise<Schemas['Usage']> {
    return this.#transport.call('get', '/api/v1/account/usage', { query }, { options });
  }

  /** What was done in the account, newest first. */
  audit({
    limit,
    ...options
  }: CallOptions & { limit?: number | undefined } = {}): Listing<AuditEntry, number> {
    return auditOf(this.#transport, '/api/v1/account/audit', limit === undefined ? {} : { limit }, options);
  }

  consents(options: CallOptions = {}): Promise<Schemas['Consents']> {
    return this.#transport.call('get', '/api/v1/account/consents', {}, { options });
  }

  /** Agrees, or takes it back; purposes left out stay as they are. */
  decideConsents(
    body: Schemas['DecideConsentsRequest'],
    options: CallOptions = {},
  ): Promise<Schemas['Consents']> {
    return this.#transport.call('put', '/api/v1/account/consents', { body }, { options });
  }

  /** All that is kept of the account, line by line; the last is of type `end`. Throws if it was cut off. */
  async *export(options: CallOptions = {}): AsyncGenerator<ExportLine, void, undefined> {
    const pattern = '/api/v1/account/export';
    const response = await this.#transport.stream({
      method: 'get',
      pattern,
      path: pattern,
      headers: { accept: 'application/x-ndjson' },
      options,
    });
    for await (const { text } of linesOf(bytesOf(response, options))) {
      const line = jsonOf(text) as ExportLine;
      yield line;
      if (line.type === 'end') return;
    }
    throw new UnexpectedAnswerError('the export was cut off: its last line is not of type end');
  }

  /** Erases the account with all that belongs to it. It cannot be undone. */
  erase(confirmTenantId: string, options: CallOptions = {}): Promise<Schemas['Erasure']> {
    return this.#transport.call(
      'delete',
      '/api/v1/account',
      { query: { confirm: confirmTenantId } },
      { options },
    );
  }
}

/** An audit log, newest first. */
export function auditOf(
  transport: Transport,
  pattern: '/api/v1/account/audit' | '/api/v1/admin/audit',
  filter: AuditFilter,
  options: CallOptions,
): Listing<AuditEntry, number> {
  return new Listing(async (before) => {
    const query = { ...filter, ...(before === undefined ? {} : { before }) };
    const { entries, next } = await transport.call('get', pattern, { query }, { options });
    return { items: entries, next };
  });
}
