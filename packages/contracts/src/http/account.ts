import { z } from 'zod';
import type { UsageRow__Output } from '../generated/sillage/auth/v1/UsageRow.ts';
import { tierNames } from '../tiers.ts';
import { shape } from './fields.ts';

const orNone = (schema: z.ZodNumber) => schema.nullable().meta({ description: 'null: no limit.' });
const count = () => z.number().int().min(0);

export const accountSchema = z
  .object({
    tenant: z.object({
      id: z.string(),
      name: z.string(),
      tier: z.enum(tierNames),
      created_at: z.string(),
    }),
    limits: z.object({
      requests_per_hour: orNone(count()),
      molecules_per_month: orNone(count()),
      concurrent_jobs: count(),
    }),
    molecules: z
      .object({
        month: z.string().meta({ description: 'Calendar month, UTC.', example: '2026-11' }),
        used: count().meta({ description: 'Answered, or charged to work that has not ended.' }),
        left: orNone(count()),
        resets_at: z.string(),
      })
      .meta({ description: 'Molecules predicted and generated this month, those of jobs included.' }),
    open_jobs: count().meta({ description: 'Jobs that have not ended, or did so a moment ago.' }),
    credential: z.object({
      kind: z.enum(['key', 'client']),
      id: z.string(),
      scopes: z.array(z.string()),
    }),
  })
  .meta({ id: 'Account' });
export type AccountJson = z.infer<typeof accountSchema>;

/** The longest time usage can be asked for at once. */
export const maxUsageDays = 366;
const usageGroups = ['day', 'endpoint', 'key'] as const;

const day = () => z.iso.date({ error: 'must be a date such as 2026-11-21' }).meta({ example: '2026-11-21' });

export const usageQuerySchema = shape({
  from: day().optional().meta({ description: 'First day, UTC; absent: 29 days before the last.' }),
  to: day().optional().meta({ description: 'Last day, UTC; absent: today.' }),
  group_by: z
    .string()
    .default('day')
    .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))])
    .pipe(z.array(z.enum(usageGroups, { error: 'must be of day, endpoint and key, by commas' })).max(3))
    .meta({ description: 'What is summed apart, by commas: day, endpoint, key.', example: 'day,endpoint' }),
});

const sums = { requests: count(), molecules: count(), errors: count() };

export const usageRowSchema = z.object({
  day: z.string().optional(),
  endpoint: z.string().optional(),
  key_id: z.string().optional(),
  ...sums,
});

export const usageSchema = z
  .object({
    from: z.string(),
    to: z.string(),
    group_by: z.array(z.enum(usageGroups)),
    rows: z.array(usageRowSchema),
    total: z.object(sums),
  })
  .meta({
    id: 'Usage',
    description:
      'Requests answered, refusals included; molecules answered; requests answered with an error. A few seconds late.',
  });
export type UsageJson = z.infer<typeof usageSchema>;

/** Usage as the API shows it. */
export function presentUsage(
  asked: { from: string; to: string; groups: UsageJson['group_by'] },
  rows: readonly UsageRow__Output[],
): UsageJson {
  const total = { requests: 0, molecules: 0, errors: 0 };
  const shown = rows.map(({ day, endpoint, keyId, requests, molecules, errors }) => {
    total.requests += requests;
    total.molecules += molecules;
    total.errors += errors;
    return {
      ...(asked.groups.includes('day') ? { day } : {}),
      ...(asked.groups.includes('endpoint') ? { endpoint } : {}),
      ...(asked.groups.includes('key') ? { key_id: keyId } : {}),
      requests,
      molecules,
      errors,
    };
  });
  return { from: asked.from, to: asked.to, group_by: asked.groups, rows: shown, total };
}
