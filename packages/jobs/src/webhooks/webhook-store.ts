import { AppError, type Database, type Keyring, type Row } from '@sillage/kit';
import type { WebhookDelivery } from '../types.ts';

/** A delivery in the hands of one worker. */
export interface DueDelivery {
  readonly id: string;
  readonly event: string;
  readonly url: string;
  /** Undefined where ENCRYPTION_KEY no longer opens it. */
  readonly secret: string | undefined;
  readonly payload: string;
  /** Attempts before this one. */
  readonly attempts: number;
  /** Failures in a row before this attempt. */
  readonly failures: number;
}

/** What became of one attempt. */
export interface AttemptOutcome {
  readonly isDelivered: boolean;
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly durationMs: number;
}

/** Longer than an attempt may take; a worker that died with one is noticed then. */
const claimSeconds = 60;

/**
 * Waits before the attempts after the first, seconds: nine attempts in some 23 hours, so that a receiver may be down
 * for a night.
 */
export const retryWaitsS: readonly number[] = [10, 30, 120, 600, 3600, 10_800, 21_600, 43_200];

/** Where a sealed secret belongs: that of a job's webhook. */
export function secretPlace(jobId: string): string {
  return `jobs.webhook_secret:${jobId}`;
}

/** And that of a tenant's. */
export function webhookPlace(webhookId: string): string {
  return `jobs.webhooks:${webhookId}`;
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** What a delivery is read with. */
export const deliveryTables = `jobs.webhook_deliveries d
  left join jobs.jobs j on j.id = d.job_id left join jobs.webhooks w on w.id = d.webhook_id`;
export const deliveryColumns = `d.id, coalesce(d.job_id, d.about_job_id) as "jobId", d.webhook_id as "webhookId",
  coalesce(w.url, j.webhook_url) as url, d.event, d.state, d.created_at as "createdAt",
  d.delivered_at as "deliveredAt", case when d.state = 'pending' then d.next_attempt_at end as "nextAttemptAt",
  coalesce((
    select jsonb_agg(jsonb_build_object('at', a.at, 'status', a.status, 'error', a.error,
      'duration_ms', a.duration_ms) order by a.attempt)
    from jobs.webhook_attempts a where a.delivery_id = d.id
  ), '[]') as attempts`;

interface DueRow extends Row {
  id: string;
  job_id: string | null;
  webhook_id: string | null;
  event: string;
  url: string;
  secret: string;
  payload: string;
  attempts: number;
  failures: number;
}

/** Deliveries of webhooks as rows. */
export class WebhookStore {
  readonly #database: Database;
  readonly #keyring: Keyring;

  constructor(options: { readonly database: Database; readonly keyring: Keyring }) {
    this.#database = options.database;
    this.#keyring = options.keyring;
  }

  /** Takes what is due, the longest waiting first. */
  async takeDue(limit: number): Promise<readonly DueDelivery[]> {
    const rows = await this.#database.query<DueRow>(
      `update jobs.webhook_deliveries d set claimed_until = now() + interval '${claimSeconds} s'
       from (
         select q.id, coalesce(w.url, j.webhook_url) as url, coalesce(w.secret, j.webhook_secret) as secret
         from jobs.webhook_deliveries q
         left join jobs.jobs j on j.id = q.job_id left join jobs.webhooks w on w.id = q.webhook_id
         where q.state = 'pending' and q.next_attempt_at <= now()
           and (q.claimed_until is null or q.claimed_until < now())
           and coalesce(w.url, j.webhook_url) is not null
         order by q.next_attempt_at limit $1 for update of q skip locked
       ) due
       where d.id = due.id
       returning d.id, d.job_id, d.webhook_id, d.event, due.url, due.secret, d.payload, d.attempts, d.failures`,
      [limit],
    );
    return rows.map(({ job_id: jobId, webhook_id: webhookId, ...row }) => ({
      ...row,
      secret: this.#open(row.secret, webhookId ? webhookPlace(webhookId) : secretPlace(jobId ?? '')),
    }));
  }

  /** One secret that cannot be read must not hold up the others. */
  #open(sealed: string, place: string): string | undefined {
    try {
      return this.#keyring.open(sealed, place).toString('utf8');
    } catch {
      return undefined;
    }
  }

  /** Keeps what became of an attempt, and when the next one is due. */
  async record(delivery: DueDelivery, outcome: AttemptOutcome, random: number): Promise<void> {
    const waitS = outcome.isDelivered ? undefined : retryWaitsS[delivery.failures];
    const state = outcome.isDelivered ? 'delivered' : waitS === undefined ? 'failed' : 'pending';
    await this.#database.transaction(async (connection) => {
      const kept = await connection.query(
        `insert into jobs.webhook_attempts (delivery_id, attempt, status, error, duration_ms)
         values ($1, $2, $3, $4, $5) on conflict do nothing returning attempt`,
        [
          delivery.id,
          delivery.attempts + 1,
          outcome.status ?? null,
          outcome.error ?? null,
          Math.round(outcome.durationMs),
        ],
      );
      // Somebody took it over meanwhile and has told of this attempt.
      if (kept.length === 0) return;
      await connection.query(
        `update jobs.webhook_deliveries set state = $2, attempts = $3, failures = failures + $4, claimed_until = null,
           next_attempt_at = now() + $5 * interval '1 s',
           delivered_at = case when $2 = 'delivered' then now() end
         where id = $1`,
        [
          delivery.id,
          state,
          delivery.attempts + 1,
          outcome.isDelivered ? 0 : 1,
          // Spread over the fifth after it, so that a receiver that comes back is not met by all at once.
          (waitS ?? 0) * (1 + random / 5),
        ],
      );
    });
  }

  /** The deliveries of a job with their attempts, newest first. */
  async list(tenantId: string, jobId: string): Promise<readonly WebhookDelivery[]> {
    return this.#read('d.tenant_id = $1 and $2::uuid in (d.job_id, d.about_job_id)', [tenantId, jobId]);
  }

  /** Sends it again, now, and with the patience of a new one. */
  async redeliver(tenantId: string, id: string): Promise<WebhookDelivery> {
    if (isUuid(id)) {
      await this.#database.query(
        `update jobs.webhook_deliveries set state = 'pending', failures = 0, next_attempt_at = now()
         where tenant_id = $1 and id = $2`,
        [tenantId, id],
      );
    }
    const [delivery] = isUuid(id) ? await this.#read('d.tenant_id = $1 and d.id = $2', [tenantId, id]) : [];
    if (!delivery) throw new AppError('not_found', 'there is no webhook delivery with this id');
    return delivery;
  }

  #read(condition: string, values: readonly string[]): Promise<WebhookDelivery[]> {
    return this.#database.query<WebhookDelivery & Row>(
      `select ${deliveryColumns} from ${deliveryTables} where ${condition} order by d.created_at desc limit 100`,
      values,
    );
  }
}
