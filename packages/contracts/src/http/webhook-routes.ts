import type { Route } from './routes.ts';
import {
  createdWebhookSchema,
  createWebhookSchema,
  listDeliveriesQuerySchema,
  webhookDeliveryListSchema,
  webhookDeliveryPageSchema,
  webhookDeliverySchema,
  webhookListSchema,
} from './webhooks.ts';

/** Webhooks and what was told to them. `api` is what every path begins with. */
export function webhookRoutes(api: string): readonly Route[] {
  const common = { tag: 'Webhooks', scope: ['predict', 'generate'] } as const;
  return [
    {
      ...common,
      method: 'get',
      path: `${api}/jobs/{id}/deliveries`,
      summary: 'What was told of a job, with each attempt',
      description: 'To its own webhook and to those of the account.',
      answer: webhookDeliveryListSchema,
    },
    {
      ...common,
      method: 'post',
      path: `${api}/webhooks`,
      summary: 'Makes a webhook that is told of every job of the account',
      body: createWebhookSchema,
      status: 201,
      answer: createdWebhookSchema,
      errors: [409],
    },
    {
      ...common,
      method: 'get',
      path: `${api}/webhooks`,
      summary: 'Lists the account’s webhooks',
      answer: webhookListSchema,
    },
    {
      ...common,
      method: 'delete',
      path: `${api}/webhooks/{id}`,
      summary: 'Removes a webhook with its deliveries',
      status: 204,
    },
    {
      ...common,
      method: 'post',
      path: `${api}/webhooks/{id}/test`,
      summary: 'Sends a webhook a test, which tells of no job',
      status: 202,
      answer: webhookDeliverySchema,
    },
    {
      ...common,
      method: 'get',
      path: `${api}/webhook-deliveries`,
      summary: 'Lists what was told to webhooks, with each attempt',
      description: 'To the account’s and to those that jobs brought themselves.',
      query: listDeliveriesQuerySchema,
      answer: webhookDeliveryPageSchema,
      errors: [400],
    },
    {
      ...common,
      method: 'post',
      path: `${api}/webhook-deliveries/{id}/redeliver`,
      summary: 'Sends a delivery once more',
      status: 202,
      answer: webhookDeliverySchema,
    },
  ];
}
