import { z } from 'zod';
import { list, oneOf, queryNumber, shape, text } from './fields.ts';

/** What a webhook of an account can be told of. */
export const webhookEvents = ['job.succeeded', 'job.failed', 'job.cancelled'] as const;
const deliveryStates = ['pending', 'delivered', 'failed'] as const;

export const createWebhookSchema = shape({
  url: text(1, 2000).meta({ description: 'Gets a signed POST for each event.' }),
  label: text(0, 100).default('').meta({ description: 'What you know it by.' }),
  events: list(oneOf(webhookEvents), 1, webhookEvents.length, 'events')
    .default([...webhookEvents])
    .meta({ description: 'What it is told of; absent: everything.' }),
  secret: text(16, 200).optional().meta({
    description: 'What deliveries are signed with; absent, one is made and shown in this answer alone.',
  }),
}).meta({
  id: 'CreateWebhookRequest',
  example: { url: 'https://example.com/sillage', label: 'laboratory', events: ['job.failed'] },
});

export const webhookSchema = z
  .object({
    id: z.string(),
    label: z.string(),
    url: z.string(),
    events: z.array(z.enum(webhookEvents)),
    created_at: z.string(),
  })
  .meta({
    id: 'Webhook',
    example: {
      id: '6f1b4b9e-1c9e-4a53-8f0e-8f4f5a0f7f11',
      label: 'laboratory',
      url: 'https://example.com/sillage',
      events: ['job.failed'],
      created_at: '2026-11-21T10:00:00.000Z',
    },
  });
export type WebhookJson = z.infer<typeof webhookSchema>;

export const createdWebhookSchema = z
  .object({
    ...webhookSchema.shape,
    secret: z.string().optional().meta({ description: 'Where it was made for you: shown this once.' }),
  })
  .meta({ id: 'CreatedWebhook' });

export const webhookListSchema = z
  .object({ webhooks: z.array(webhookSchema) })
  .meta({ id: 'WebhookList', description: 'Newest first; an account has at most 10.' });

const moment = z.string();
/** One telling of an event to a webhook. */
export const webhookDeliverySchema = z
  .object({
    id: z.string(),
    job_id: z.string().nullable().meta({ description: 'The job it tells of; null: it is a test.' }),
    webhook_id: z
      .string()
      .nullable()
      .meta({ description: 'The account’s webhook it goes to; null: the job’s own.' }),
    url: z.string().nullable().meta({ description: 'Null once the job’s input has been deleted.' }),
    event: z.enum([...webhookEvents, 'webhook.test']),
    state: z.enum(deliveryStates),
    created_at: moment,
    delivered_at: moment.nullable(),
    next_attempt_at: moment.nullable(),
    attempts: z.array(
      z.object({
        at: moment,
        status: z.number().int().nullable(),
        error: z.string().nullable(),
        duration_ms: z.number().int(),
      }),
    ),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDeliveryJson = z.infer<typeof webhookDeliverySchema>;
export const webhookDeliveryListSchema = z
  .object({ deliveries: z.array(webhookDeliverySchema) })
  .meta({ id: 'WebhookDeliveryList', description: 'Newest first.' });

export const listDeliveriesQuerySchema = shape({
  limit: queryNumber(1, 100).default(20).meta({ description: 'How many at most.' }),
  before: text(1, 100).optional().meta({ description: '`next` of the page before.' }),
  state: oneOf(deliveryStates).optional().meta({ description: 'Only those in this state.' }),
  webhook_id: text(1, 100).optional().meta({ description: 'Only those to this webhook of the account.' }),
});
export const webhookDeliveryPageSchema = z
  .object({ deliveries: z.array(webhookDeliverySchema), next: z.string().nullable() })
  .meta({ id: 'WebhookDeliveryPage', description: 'Newest first.' });
