import { authService, defaultScopes } from '@sillage/contracts';
import { AppError, GrpcClient } from '@sillage/kit';
import type { Fleet } from './fleet/fleet.ts';

/**
 * A key for this machine's own tenant: the one of the last start while it holds, else a new one, which is kept in
 * the data folder. The tenant has no hourly limit and the key every scope: it is the owner's own machine.
 */
export async function localApiKey(fleet: Fleet): Promise<string> {
  const auth = new GrpcClient({
    definition: authService,
    target: fleet.targets.auth,
    peer: 'auth',
    timeoutMs: 5000,
  });
  try {
    const credentials = fleet.data.credentials();
    if (credentials.apiKey !== undefined) {
      const { verdict } = await auth.unary('VerifyKey', { key: credentials.apiKey });
      if (verdict === 'VERDICT_VALID') return credentials.apiKey;
    }
    const secret = await createKey(auth);
    fleet.data.saveCredentials({ ...credentials, apiKey: secret });
    return secret;
  } finally {
    auth.close();
  }
}

/** A tenant without an hourly limit, and a key of it with every scope. */
export async function createKey(auth: GrpcClient<typeof authService>): Promise<string> {
  const { secret } = await auth.unary('CreateKey', {
    tenantId: await createTenant(auth),
    label: 'made by npm start',
    scopes: [...defaultScopes, 'admin'],
  });
  return secret;
}

async function createTenant(auth: GrpcClient<typeof authService>): Promise<string> {
  const create = async (name: string) => {
    const { tenant } = await auth.unary('CreateTenant', { name, tier: 'TIER_ENTERPRISE' });
    if (!tenant) throw new Error('auth made no tenant');
    return tenant.id;
  };
  try {
    return await create('local');
  } catch (error) {
    // The database outlived this folder's credentials; tenants are never taken over by name.
    if (error instanceof AppError && error.code === 'conflict')
      return create(`local ${new Date().toISOString()}`);
    throw error;
  }
}
