import { authService } from '@sillage/contracts';
import type { Fleet } from '@sillage/fleet';
import { GrpcClient } from '@sillage/kit';

/** An active key more than this is refused to a tenant. */
const keysOfTenant = 96;

/** So many keys of tenants of the pro tier, whose hourly limit is looked at with each request. */
export async function makeKeys(fleet: Fleet, count: number): Promise<string[]> {
  return made(fleet, 'TIER_PRO', Math.ceil(count / keysOfTenant), Math.min(count, keysOfTenant), count);
}

/** Tenants without an hourly limit, a key of each: a tenant may have only so many jobs at a time. */
export function makeTenantKeys(fleet: Fleet, count: number): Promise<string[]> {
  return made(fleet, 'TIER_ENTERPRISE', count, 1, count);
}

async function made(
  fleet: Fleet,
  tier: 'TIER_PRO' | 'TIER_ENTERPRISE',
  tenants: number,
  keysOfEach: number,
  count: number,
): Promise<string[]> {
  const auth = new GrpcClient({
    definition: authService,
    target: fleet.targets.auth,
    peer: 'auth',
    timeoutMs: 5000,
  });
  try {
    const keys: string[] = [];
    for (let number = 0; number < tenants; number += 1) {
      const { tenant } = await auth.unary('CreateTenant', { name: `bench ${tier} ${number}`, tier });
      for (let key = 0; key < keysOfEach && keys.length < count; key += 1) {
        keys.push((await auth.unary('CreateKey', { tenantId: tenant?.id ?? '' })).secret);
      }
    }
    return keys;
  } finally {
    auth.close();
  }
}
