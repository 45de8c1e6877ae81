import type {
  AdminJobJson,
  AuditEntryJson,
  FleetJson,
  ModelJson,
  ModelStatisticsJson,
  TenantJson,
} from '@sillage/contracts';
import { queryOptions } from '@tanstack/react-query';
import { askJson } from '../../api/client.ts';

const admin = '/api/v1/admin';

/** The members that say something, as a query. */
function queryOf(members: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const set = Object.entries(members).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return new URLSearchParams(set);
}

export const fleetQuery = queryOptions({
  queryKey: ['admin', 'fleet'],
  queryFn: () => askJson<FleetJson>(`${admin}/fleet`),
  staleTime: 1000,
  refetchInterval: 5000,
});

export interface TenantFilter {
  readonly search: string;
  readonly tier: string;
  readonly before: string | undefined;
}
export const tenantsQuery = (filter: TenantFilter) =>
  queryOptions({
    queryKey: ['admin', 'tenants', filter],
    queryFn: () =>
      askJson<{ readonly tenants: readonly TenantJson[]; readonly next: string | null }>(
        `${admin}/tenants?${queryOf({ ...filter, limit: '25' })}`,
      ),
  });

export const changeTenant = (id: string, change: { tier?: string; suspended?: boolean }) =>
  askJson<TenantJson>(`${admin}/tenants/${id}`, { method: 'PATCH', body: change });
export const createTenant = (tenant: { name: string; tier: string }) =>
  askJson<TenantJson>(`${admin}/tenants`, { method: 'POST', body: tenant });

export interface JobFilter {
  readonly status: string;
  readonly tenant_id: string;
  readonly before: string | undefined;
}
export const adminJobsQuery = (filter: JobFilter) =>
  queryOptions({
    queryKey: ['admin', 'jobs', filter],
    queryFn: () =>
      askJson<{ readonly jobs: readonly AdminJobJson[]; readonly next: string | null }>(
        `${admin}/jobs?${queryOf({ ...filter, limit: '25' })}`,
      ),
    staleTime: 2000,
    refetchInterval: 15_000,
  });
export const changeAnyJob = (id: string, change: 'retry' | 'cancel' | 'discard') =>
  change === 'discard'
    ? askJson(`${admin}/jobs/${id}`, { method: 'DELETE' })
    : askJson(`${admin}/jobs/${id}/${change}`, { method: 'POST' });

export interface AuditFilter {
  readonly action: string;
  readonly outcome: string;
  readonly tenant_id: string;
  readonly before: string | undefined;
}
export const auditQuery = (filter: AuditFilter) =>
  queryOptions({
    queryKey: ['admin', 'audit', filter],
    queryFn: () =>
      askJson<{ readonly entries: readonly AuditEntryJson[]; readonly next: number | null }>(
        `${admin}/audit?${queryOf({ ...filter, limit: '50' })}`,
      ),
  });
export interface Verification {
  readonly holds: boolean;
  readonly rows: number;
  readonly head: string;
  readonly fault: string | null;
}
export const verifyAudit = () => askJson<Verification>(`${admin}/audit/verification`);

/** A model's version with all that is known of it. */
export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
  readonly known: ModelJson | undefined;
  readonly inferences: number | undefined;
}
export const modelsQuery = queryOptions({
  queryKey: ['admin', 'models'],
  queryFn: async (): Promise<readonly ModelVersion[]> => {
    const [index, known, statistics] = await Promise.all([
      askJson<readonly Omit<ModelVersion, 'known' | 'inferences'>[]>('/v2/repository/index', {
        method: 'POST',
        body: {},
      }),
      askJson<{ readonly models: readonly ModelJson[] }>('/api/v1/models'),
      askJson<ModelStatisticsJson>('/v2/models/stats').catch(() => undefined),
    ]);
    const isOf = (a: { name: string; version: string }) => (b: { name: string; version: string }) =>
      a.name === b.name && a.version === b.version;
    return index.map((version) => ({
      ...version,
      known: known.models.find(isOf(version)),
      inferences: statistics?.model_stats.find(isOf(version))?.inference_count,
    }));
  },
  staleTime: 5000,
});
export const changeModel = (name: string, change: 'load' | 'unload') =>
  askJson(`/v2/repository/models/${encodeURIComponent(name)}/${change}`, { method: 'POST', body: {} });
