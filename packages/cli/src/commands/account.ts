import type { Command } from 'commander';
import { printFields, printJson, printTable, write } from '../output/print.ts';
import type { Kit } from '../program.ts';

export function addAccountCommand(program: Command, { withSession }: Kit): void {
  const account = program.command('account');
  account

    .description('Your account: tier, limits, and what was used')
    .option('--usage', 'requests and molecules by day')
    .addHelpText('after', '\nExamples:\n  $ sillage account\n  $ sillage account --usage --json')
    .action(
      withSession(async ({ context, client, isJson }, { usage }: { usage?: boolean }) => {
        const call = { signal: context.signal };
        if (usage) {
          const used = await client.account.usage({}, call);
          if (isJson) printJson(context, used);
          else {
            printTable(context, used.rows, [
              { title: 'day', value: ({ day = '' }) => day },
              { title: 'requests', value: ({ requests }) => String(requests), align: 'right' },
              { title: 'molecules', value: ({ molecules }) => String(molecules), align: 'right' },
              { title: 'errors', value: ({ errors }) => String(errors), align: 'right' },
            ]);
          }
          return undefined;
        }
        const account = await client.account.get(call);
        if (isJson) {
          printJson(context, account);
          return undefined;
        }
        const { tenant, limits, molecules, credential } = account;
        const limit = (value: number | null) => (value === null ? 'no limit' : String(value));
        printFields(context, {
          account: `${tenant.name} (${tenant.id})`,
          tier: tenant.tier,
          'requests an hour': limit(limits.requests_per_hour),
          'molecules a month': `${limit(limits.molecules_per_month)}, ${molecules.used} used`,
          'jobs at a time': `${limits.concurrent_jobs}, ${account.open_jobs} open`,
          credential: `${credential.kind} ${credential.id}`,
          scopes: credential.scopes.join(' '),
        });
        return undefined;
      }),
    );
  account
    .command('export')
    .description('All that is kept of the account, one JSON object a line; the last is of type end')
    .addHelpText('after', '\nExamples:\n  $ sillage account export > account.ndjson')
    .action(
      withSession(async ({ context, client }) => {
        for await (const line of client.account.export({ signal: context.signal }))
          await write(context, `${JSON.stringify(line)}\n`);
        return undefined;
      }),
    );
}
