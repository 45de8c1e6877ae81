import {
  createWebhookSchema,
  listDeliveriesQuerySchema,
  type WebhookDeliveryJson,
  type WebhookJson,
} from '@sillage/contracts';
import {
  type AddressPolicy,
  type JobService,
  newWebhookSecret,
  type TenantWebhook,
  type WebhookDelivery,
} from '@sillage/jobs';
import { invalidField } from '@sillage/kit';
import type { RequestHandler } from 'express';
import { sendJson } from '../http/answer.ts';
import { callerOf, endpoint } from '../http/exchange.ts';
import { linkNext } from '../http/links.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';

export interface WebhookParts {
  readonly jobs: JobService;
  /** Where webhooks may go. */
  readonly webhookPolicy: AddressPolicy;
}

/** A webhook with its secret; one that was made here is told to the caller, this once. */
export interface Webhook {
  readonly url: string;
  readonly secret: string;
  readonly isSecretNew: boolean;
}

/** Refuses a URL that the policy does not let through. */
export function takeWebhook(
  policy: AddressPolicy,
  pointer: string,
  { url, secret }: { url: string; secret?: string | undefined },
): Webhook {
  const fault = policy.faultOf(url);
  if (fault) throw invalidField(pointer, `the URL of the webhook ${fault}`);
  return { url, secret: secret ?? newWebhookSecret(), isSecretNew: secret === undefined };
}

/** POST /api/v1/webhooks. */
export function createWebhook({ jobs, webhookPolicy }: WebhookParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const { label, events, ...target } = parse(createWebhookSchema, exchange.body);
    const { url, secret, isSecretNew } = takeWebhook(webhookPolicy, '/url', target);
    const made = await jobs.webhooks.add(callerOf(exchange).tenantId, { label, events, url, secret });
    response.setHeader('cache-control', 'no-store');
    sendJson(response, 201, { ...presentWebhook(made), ...(isSecretNew ? { secret } : {}) });
  });
}

/** GET /api/v1/webhooks. */
export function listWebhooks({ jobs }: WebhookParts): RequestHandler {
  return endpoint(async (exchange, _request, response) => {
    const webhooks = await jobs.webhooks.list(callerOf(exchange).tenantId);
    sendJson(response, 200, { webhooks: webhooks.map(presentWebhook) });
  });
}

/** DELETE /api/v1/webhooks/{id}. */
export function deleteWebhook({ jobs }: WebhookParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    await jobs.webhooks.remove(callerOf(exchange).tenantId, idOf(request, 'webhook'));
    response.statusCode = 204;
    response.end();
  });
}

/** POST /api/v1/webhooks/{id}/test. */
export function testWebhook({ jobs }: WebhookParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const delivery = await jobs.webhooks.test(callerOf(exchange).tenantId, idOf(request, 'webhook'));
    sendJson(response, 202, presentDelivery(delivery));
  });
}

/** GET /api/v1/webhook-deliveries. */
export function listAllDeliveries({ jobs }: WebhookParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const { limit, before, state, webhook_id: webhookId } = parse(listDeliveriesQuerySchema, request.query);
    const { tenantId } = callerOf(exchange);
    const page = await jobs.webhooks.deliveries(tenantId, { limit, before, state, webhookId });
    const next = page.length === limit ? (page.at(-1)?.id ?? null) : null;
    linkNext(request, response, next === null ? undefined : { before: next });
    sendJson(response, 200, { deliveries: page.map(presentDelivery), next });
  });
}

/** GET /api/v1/jobs/{id}/deliveries. */
export function listDeliveries({ jobs }: WebhookParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const deliveries = await jobs.deliveries(callerOf(exchange).tenantId, idOf(request, 'job'));
    sendJson(response, 200, { deliveries: deliveries.map(presentDelivery) });
  });
}

/** POST /api/v1/webhook-deliveries/{id}/redeliver. */
export function redeliver({ jobs }: WebhookParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const delivery = await jobs.redeliver(callerOf(exchange).tenantId, idOf(request, 'webhook delivery'));
    sendJson(response, 202, presentDelivery(delivery));
  });
}

/** A webhook as the API shows it: never its secret. */
export function presentWebhook({ id, label, url, events, createdAt }: TenantWebhook): WebhookJson {
  return { id, label, url, events: [...events], created_at: createdAt.toISOString() };
}

/** A telling of a job’s end as the API shows it. */
export function presentDelivery(delivery: WebhookDelivery): WebhookDeliveryJson {
  return {
    id: delivery.id,
    job_id: delivery.jobId,
    webhook_id: delivery.webhookId,
    url: delivery.url,
    event: delivery.event,
    state: delivery.state,
    created_at: delivery.createdAt.toISOString(),
    delivered_at: delivery.deliveredAt?.toISOString() ?? null,
    next_attempt_at: delivery.nextAttemptAt?.toISOString() ?? null,
    attempts: [...delivery.attempts],
  };
}
