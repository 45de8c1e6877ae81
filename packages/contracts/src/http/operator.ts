import { z } from 'zod';
import { oneOf, queryNumber, shape, text } from './fields.ts';
import { jobSchema, jobStatuses } from './jobs.ts';

export const listAdminJobsQuerySchema = shape({
  limit: queryNumber(1, 100).default(50).meta({ description: 'How many at most.' }),
  before: text(1, 100).optional().meta({ description: '`next` of the page before.' }),
  status: oneOf(jobStatuses).optional().meta({ description: 'Only jobs in this state.' }),
  tenant_id: text(1, 100).optional().meta({ description: 'Only jobs of this tenant.' }),
});

export const adminJobSchema = z
  .object({ tenant_id: z.string(), ...jobSchema.shape })
  .meta({ id: 'AdminJob' });
export type AdminJobJson = z.infer<typeof adminJobSchema>;
export const adminJobListSchema = z
  .object({ jobs: z.array(adminJobSchema), next: z.string().nullable() })
  .meta({ id: 'AdminJobList', description: 'Newest first.' });

const hash = z
  .string({ error: 'must be a hash of 64 hex digits' })
  .regex(/^[0-9a-f]{64}$/, 'must be a hash of 64 hex digits');
export const auditVerificationQuerySchema = shape({
  rows: queryNumber(1, 1e15).optional().meta({ description: 'Number of a row that was noted; with `head`.' }),
  head: hash.optional().meta({ description: 'Its hash.' }),
});
export const auditVerificationSchema = z
  .object({
    holds: z.boolean(),
    rows: z.number().int().meta({ description: 'Rows that hold, from the first on.' }),
    head: z.string().meta({ description: 'Hash of the last of them, hex.' }),
    fault: z
      .string()
      .nullable()
      .meta({ description: 'What is wrong with the first row that does not hold.' }),
  })
  .meta({
    id: 'AuditVerification',
    example: { holds: true, rows: 1, head: '9f'.repeat(32), fault: null },
  });

const services = ['gateway', 'auth', 'inference', 'sensors', 'worker'] as const;
export const fleetSchema = z
  .object({
    services: z.array(
      z.object({
        name: z.enum(services),
        pool: z.string().nullable().meta({ description: 'Of inference: the pool, by its target.' }),
        state: z.enum(['ready', 'impaired', 'not_ready', 'away']).meta({
          description: 'impaired: it serves, and something it needs is not there. away: nobody answers.',
        }),
        instances: z.array(
          z.object({
            instance: z.string().meta({ description: 'Name of the host, or of the pod.' }),
            version: z.string(),
            started_at: z.string(),
            ready: z.boolean(),
            silent_ms: z.number().int().meta({ description: 'Since it last told how it is.' }),
            checks: z.array(
              z.object({
                name: z.string(),
                ok: z.boolean(),
                vital: z.boolean().meta({ description: 'Without it nothing can be served.' }),
                detail: z.string().nullable(),
              }),
            ),
          }),
        ),
      }),
    ),
    queue: z
      .object({
        chunks: z.number().int().meta({ description: 'Parts of jobs that wait or run.' }),
        oldest_s: z.number().meta({ description: 'How long the job that waits longest has waited.' }),
        jobs: z.object({ queued: z.number().int(), running: z.number().int(), paused: z.number().int() }),
      })
      .meta({ description: 'The backlog of jobs.' }),
  })
  .meta({ id: 'Fleet' });
export type FleetJson = z.infer<typeof fleetSchema>;
export type FleetService = FleetJson['services'][number];
export type FleetInstance = FleetService['instances'][number];
