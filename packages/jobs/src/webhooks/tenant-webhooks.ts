import { randomUUID } from 'node:crypto';
import { AppError, type Database, invalidField, type Keyring, type Queryable, type Row } from '@sillage/kit';
import type { TenantWebhook, WebhookDelivery, WebhookDeliveryPage, WebhookEvent } from '../types.ts';
import { deliveryColumns, deliveryTables, isUuid, webhookPlace } from './webhook-store.ts';

/** Of one tenant. */
export const maxWebhooks = 10;

const columns = 'id, label, url, events, created_at as "createdAt"';
type WebhookRow = TenantWebhook & Row;

/** The webhooks of tenants, and the log of all that was told to a tenant. */
export class TenantWebhooks {
  readonly #database: Database;
  readonly #keyring: Keyring;

  constructor(options: { readonly database: Database; readonly keyring: Keyring }) {
    this.#database = options.database;
    this.#keyring = options.keyring;
  }

  /** Newest first. */
  list(tenantId: string): Promise<readonly TenantWebhook[]> {
    return this.#database.query<WebhookRow>(
      `select ${columns} from jobs.webhooks where tenant_id = $1 order by created_at desc, id desc`,
      [tenantId],
    );
  }

  /** Throws conflict where the tenant has as many as it may. */
  async add(
    tenantId: string,
    made: Pick<TenantWebhook, 'label' | 'url' | 'events'> & { readonly secret: string },
  ): Promise<TenantWebhook> {
    const id = randomUUID();
    const secret = this.#keyring.seal(made.secret, webhookPlace(id));
    const [added] = await this.#database.query<WebhookRow>(
      `insert into jobs.webhooks (id, tenant_id, label, url, secret, events)
       select $1, $2, $3, $4, $5, $6 where (select count(*) from jobs.webhooks where tenant_id = $2) < ${maxWebhooks}
       returning ${columns}`,
      [id, tenantId, made.label, made.url, secret, made.events],
    );
    if (added) return added;
    throw new AppError('conflict', `an account may have ${maxWebhooks} webhooks; delete one first`);
  }

  /** With its deliveries. Throws not_found. */
  async remove(tenantId: string, id: string): Promise<void> {
    const gone = isUuid(id)
      ? await this.#database.query(
          'delete from jobs.webhooks where tenant_id = $1 and id = $2 returning id',
          [tenantId, id],
        )
      : [];
    if (gone.length === 0) throw noWebhook();
  }

  /** Sends it a delivery that tells of no job, so that its receiver can be tried. Throws not_found. */
  async test(tenantId: string, id: string): Promise<WebhookDelivery> {
    const webhooks = await this.list(tenantId);
    if (!webhooks.some((webhook) => webhook.id === id)) throw noWebhook();
    const delivery = randomUUID();
    const payload = { id: delivery, type: 'webhook.test', created_at: new Date().toISOString(), data: {} };
    await this.#database.query(
      `insert into jobs.webhook_deliveries (id, webhook_id, tenant_id, event, payload) values ($1, $2, $3, $4, $5)`,
      [delivery, id, tenantId, payload.type, JSON.stringify(payload)],
    );
    const [made] = await this.deliveries(tenantId, { limit: 1, webhookId: id });
    if (!made) throw noWebhook();
    return made;
  }

  /** What was told to the tenant, by its own webhooks and those of its jobs, newest first. */
  async deliveries(tenantId: string, page: WebhookDeliveryPage): Promise<readonly WebhookDelivery[]> {
    const { limit, before, state, webhookId } = page;
    if (before !== undefined && !isUuid(before)) throw noDelivery();
    if (webhookId !== undefined && !isUuid(webhookId)) return [];
    const [start] =
      before === undefined
        ? [undefined]
        : await this.#database.query<{ at: string }>(
            'select created_at::text as at from jobs.webhook_deliveries where tenant_id = $1 and id = $2',
            [tenantId, before],
          );
    if (before !== undefined && !start) throw noDelivery();
    return this.#database.query<WebhookDelivery & Row>(
      `select ${deliveryColumns} from ${deliveryTables}
       where d.tenant_id = $1 and ($3::text is null or d.state = $3) and ($4::uuid is null or d.webhook_id = $4)
         and ($5::timestamptz is null or (d.created_at, d.id) < ($5, $6::uuid))
       order by d.created_at desc, d.id desc limit $2`,
      [tenantId, limit, state ?? null, webhookId ?? null, start?.at ?? null, before ?? null],
    );
  }
}

/** A delivery for each webhook of the tenant that wants to hear of this event of a job; workers send them. */
export async function announceToTenant(
  connection: Queryable,
  about: { readonly jobId: string; readonly tenantId: string; readonly event: WebhookEvent },
  payload: (deliveryId: string) => object,
): Promise<void> {
  const wanted = await connection.query<{ id: string }>(
    'select id from jobs.webhooks where tenant_id = $1 and $2 = any(events)',
    [about.tenantId, about.event],
  );
  for (const { id: webhookId } of wanted) {
    const id = randomUUID();
    await connection.query(
      `insert into jobs.webhook_deliveries (id, webhook_id, about_job_id, tenant_id, event, payload)
       values ($1, $2, $3, $4, $5, $6)`,
      [id, webhookId, about.jobId, about.tenantId, about.event, JSON.stringify(payload(id))],
    );
  }
}

function noWebhook(): AppError {
  return new AppError('not_found', 'there is no webhook with this id');
}

function noDelivery(): AppError {
  return invalidField('/before', 'before must be the id of a delivery, as `next` of a page gives it');
}
