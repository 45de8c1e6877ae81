import {
  adminJobListSchema,
  adminJobSchema,
  auditVerificationQuerySchema,
  auditVerificationSchema,
  fleetSchema,
  listAdminJobsQuerySchema,
} from './operator.ts';
import type { Route } from './routes.ts';

/** What operators of the fleet look after: jobs of all tenants, the audit log’s chain, its processes. */
export function operatorRoutes(api: string): readonly Route[] {
  const common = { tag: 'Administration', scope: 'admin' } as const;
  return [
    {
      ...common,
      method: 'get',
      path: `${api}/admin/fleet`,
      summary: 'How every process of the fleet is',
      description:
        'Each pod that could be asked, with its version, readiness and what it depends on, and the backlog of jobs. A service that nobody answers for is listed without instances.',
      answer: fleetSchema,
    },
    {
      ...common,
      method: 'get',
      path: `${api}/admin/jobs`,
      summary: 'Lists jobs of all tenants',
      description:
        'Dead letters are those with `status=failed`: they stay until they are retried or removed.',
      query: listAdminJobsQuerySchema,
      answer: adminJobListSchema,
      errors: [400],
    },
    {
      ...common,
      method: 'get',
      path: `${api}/admin/jobs/{id}`,
      summary: 'Shows a job of any tenant',
      answer: adminJobSchema,
    },
    {
      ...common,
      method: 'post',
      path: `${api}/admin/jobs/{id}/retry`,
      summary: 'Tries again what failed in a job of any tenant',
      description: 'As its owner would: what is done again is charged to the tenant.',
      answer: adminJobSchema,
      errors: [409],
    },
    {
      ...common,
      method: 'post',
      path: `${api}/admin/jobs/{id}/cancel`,
      summary: 'Cancels a job of any tenant',
      answer: adminJobSchema,
    },
    {
      ...common,
      method: 'delete',
      path: `${api}/admin/jobs/{id}`,
      summary: 'Removes a job that has ended, with its input and results',
      description: 'It cannot be undone.',
      status: 204,
      errors: [409],
    },
    {
      ...common,
      method: 'get',
      path: `${api}/admin/audit/verification`,
      summary: 'Follows the audit log’s chain from its first row to its last',
      description:
        'Each row’s hash covers the row and the hash before it. `head`, noted elsewhere and given again with `rows`, shows later whether rows were cut off the end.',
      query: auditVerificationQuerySchema,
      answer: auditVerificationSchema,
      errors: [400],
    },
  ];
}
