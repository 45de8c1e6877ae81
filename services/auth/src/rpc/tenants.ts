import type { AuthServiceDefinition, Tenant as TenantMessage } from '@sillage/contracts';
import { type Handlers, invalidField } from '@sillage/kit';
import type { Tenant } from '../clients/tenant-store.ts';
import { readTenantName, readTier } from '../domain/fields.ts';
import { tierToWire } from '../domain/tier.ts';
import { type HandlerParts, originIn } from './parts.ts';

type Methods = 'CreateTenant' | 'GetTenant' | 'ListTenants' | 'UpdateTenant';

const defaultPage = 50;
const maxPage = 100;

export function tenantHandlers(parts: HandlerParts): Pick<Handlers<AuthServiceDefinition>, Methods> {
  const { tenants, now, newId } = parts;
  return {
    CreateTenant: async (request, context) => {
      const made = {
        id: newId(),
        name: readTenantName(request.name),
        tier: readTier(request.tier),
        createdAt: now(),
      };
      return { tenant: present(await tenants.add(made, originIn(parts, request, context))) };
    },

    GetTenant: async ({ tenantId }) => ({ tenant: present(await tenants.get(tenantId)) }),

    ListTenants: async ({ limit, before, search, tier }) => {
      if (limit > maxPage) throw invalidField('/limit', `limit must be at most ${maxPage}`);
      const found = await tenants.list({
        ...{ limit: limit || defaultPage, before, search },
        tier: tier === 'TIER_UNSPECIFIED' ? undefined : readTier(tier),
      });
      return { tenants: found.map(present) };
    },

    UpdateTenant: async (request, context) => {
      const tier = request.tier === 'TIER_UNSPECIFIED' ? undefined : readTier(request.tier);
      const change = { tier, suspended: request.suspended };
      const origin = originIn(parts, request, context);
      return { tenant: present(await tenants.update(request.tenantId, change, now(), origin)) };
    },
  };
}

function present(tenant: Tenant): TenantMessage {
  return {
    id: tenant.id,
    name: tenant.name,
    tier: tierToWire(tenant.tier),
    createdAt: tenant.createdAt.toISOString(),
    suspendedAt: tenant.suspendedAt?.toISOString() ?? '',
  };
}
