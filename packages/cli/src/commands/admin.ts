import type { Tenant } from '@sillage/client';
import type { Command } from 'commander';
import { Option } from 'commander';
import { collect, whole } from '../options.ts';
import { moment, printJson, printTable } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';
import { showSecret } from './keys.ts';
import { addOperateCommands } from './operate.ts';

type Tier = Tenant['tier'];
const tiers = ['free', 'basic', 'pro', 'enterprise'] as const;

const columns: readonly Column<Tenant>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'name', value: ({ name }) => name, isElastic: true },
  { title: 'tier', value: ({ tier }) => tier },
  { title: 'made (UTC)', value: ({ created_at: at }) => moment(at) },
  {
    title: 'state',
    value: ({ suspended_at: at }) => (at ? 'suspended' : 'active'),
    paint: ({ suspended_at: at }) => (at ? 'red' : 'green'),
  },
];

export function addAdminCommand(program: Command, kit: Kit): void {
  const { withSession } = kit;
  const admin = program
    .command('admin')
    .description('Other tenants, their jobs, and the fleet; needs a key with the scope admin.');
  admin
    .command('tenants')
    .description('Tenants, newest first')
    .option('-n, --limit <n>', 'how many', whole(1, 100_000), 50)
    .addHelpText('after', '\nExamples:\n  $ sillage admin tenants --limit 500 --json')
    .action(
      withSession(async ({ context, client, isJson }, { limit }: { limit: number }) => {
        const tenants = await client.admin
          .tenants({ limit: Math.min(limit, 100) }, { signal: context.signal })
          .toArray(limit);
        if (isJson) printJson(context, tenants);
        else printTable(context, tenants, columns);
        return undefined;
      }),
    );
  admin
    .command('create-tenant')
    .description('Make a tenant')
    .argument('<name>')
    .addOption(new Option('-t, --tier <name>', 'its tier').choices(tiers).default('free'))
    .addHelpText('after', '\nExamples:\n  $ sillage admin create-tenant "Maison Lune" --tier pro')
    .action(
      withSession(async ({ context, client, isJson }, name: string, { tier }: { tier: Tier }) => {
        const tenant = await client.admin.createTenant({ name, tier }, { signal: context.signal });
        if (isJson) printJson(context, tenant);
        else printTable(context, [tenant], columns);
        return undefined;
      }),
    );
  admin
    .command('create-key')
    .description('Make a key for a tenant and show it, this once')
    .argument('<tenant-id>')
    .option('-l, --label <text>', 'what it is known by', '')
    .option('-s, --scope <names>', 'what it is good for', collect)
    .addHelpText(
      'after',
      '\nExamples:\n  $ sillage admin create-key 0b0f6f0e-… --label first --scope predict',
    )
    .action(
      withSession(
        async ({ context, client, isJson }, id: string, options: { label: string; scope?: string[] }) => {
          const body = { label: options.label, ...(options.scope ? { scopes: options.scope } : {}) };
          showSecret(context, await client.admin.createKey(id, body, { signal: context.signal }), isJson);
          return undefined;
        },
      ),
    );
  admin
    .command('set')
    .description('Change a tenant’s tier, suspend it, or let it in again')
    .argument('<tenant-id>')
    .addOption(new Option('-t, --tier <name>', 'its tier').choices(tiers))
    .option('--suspend', 'none of its credentials holds any more')
    .option('--no-suspend', 'they hold again')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sillage admin set 0b0f6f0e-… --tier enterprise\n  $ sillage admin set 0b0f6f0e-… --suspend',
    )
    .action(
      withSession(
        async (
          { context, client, isJson },
          id: string,
          { tier, suspend }: { tier?: Tier; suspend?: boolean },
        ) => {
          const body = {
            ...(tier ? { tier } : {}),
            ...(suspend === undefined ? {} : { suspended: suspend }),
          };
          const tenant = await client.admin.updateTenant(id, body, { signal: context.signal });
          if (isJson) printJson(context, tenant);
          else printTable(context, [tenant], columns);
          return undefined;
        },
      ),
    );
  addOperateCommands(admin, kit);
}
