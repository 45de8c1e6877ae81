import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrapAdmin } from '@sillage/auth/operations';
import { baseSchema } from '@sillage/kit';
import { defaultData } from './fleet/data-folder.ts';
import { withFleetDatabase } from './fleet/fleet-database.ts';

const usage = `usage: npm run sillage -- admin bootstrap [options]

Makes the first key that may administer, with a tenant of its own, and prints it, this once. Refused while such a key
holds; there is no default password. Reads DATABASE_URL, ENCRYPTION_KEY and ENVIRONMENT, or the data folder.

  --tenant NAME   name of the administrators' tenant (default administrators)
  --data DIR      data folder of an embedded fleet (default .sillage)
`;

/** `sillage admin`. */
export async function admin(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      tenant: { type: 'string', default: 'administrators' },
      data: { type: 'string', default: defaultData },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help || positionals[0] !== 'bootstrap') {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  const { ENVIRONMENT: environment } = baseSchema
    .pick({ ENVIRONMENT: true })
    .parse({ ENVIRONMENT: process.env['ENVIRONMENT'] || undefined });
  const key = await withFleetDatabase(resolve(values.data), ({ databaseUrl, encryptionKey }) => {
    if (!encryptionKey || !/^[0-9a-fA-F]{64}$/.test(encryptionKey)) {
      throw new Error('ENCRYPTION_KEY must be the one auth runs with: 64 hex digits');
    }
    return bootstrapAdmin({ databaseUrl, encryptionKey, environment, tenantName: values.tenant });
  });
  process.stderr.write('the first administrator’s key, shown this once:\n');
  process.stdout.write(`${key}\n`);
  return 0;
}
