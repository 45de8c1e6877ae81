import type { Key } from '@sillage/client';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { collect, whole } from '../options.ts';
import { moment, printFields, printJson, printTable } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';

const columns: readonly Column<Key>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'label', value: ({ label }) => label, isElastic: true },
  { title: 'begins with', value: ({ prefix }) => prefix },
  { title: 'scopes', value: ({ scopes }) => scopes.join(' '), isElastic: true },
  {
    title: 'state',
    value: (key) => stateOf(key),
    paint: (key) => (stateOf(key) === 'holds' ? 'green' : 'dim'),
  },
  { title: 'last used (UTC)', value: ({ last_used_at: at }) => moment(at) },
];

function stateOf({ revoked_at: revokedAt, expires_at: expiresAt }: Key): string {
  if (revokedAt) return 'revoked';
  return expiresAt ? `until ${moment(expiresAt)}` : 'holds';
}

export function addKeysCommand(program: Command, { withSession }: Kit): void {
  const keys = program.command('keys').description('Keys of your account.');
  keys
    .command('list')
    .description('Keys, newest first')
    .option('--all', 'revoked ones as well')
    .addHelpText('after', '\nExamples:\n  $ sillage keys list --all')
    .action(
      withSession(async ({ context, client, isJson }, { all }: { all?: boolean }) => {
        const every = await client.keys.list({ signal: context.signal }).toArray();
        const shown = all ? every : every.filter(({ revoked_at: revokedAt }) => !revokedAt);
        if (isJson) printJson(context, shown);
        else printTable(context, shown, columns);
        return undefined;
      }),
    );
  keys
    .command('create')
    .description('Make a key and show it, this once')
    .option('-l, --label <text>', 'what you know it by', '')
    .option(
      '-s, --scope <names>',
      'what it is good for: predict, generate, sensors, research, account, models:NAME',
      collect,
    )
    .option('--expires <time>', 'when it ends, such as 2027-01-01T00:00:00Z')
    .option('--from <networks>', 'networks it may be used from, such as 203.0.113.0/24', collect)
    .addHelpText(
      'after',
      '\nExamples:\n  $ sillage keys create --label laboratory --scope predict,sensors\n  $ sillage keys create --json | jq -r .secret',
    )
    .action(
      withSession(
        async (
          { context, client, isJson },
          options: { label: string; scope?: string[]; expires?: string; from?: string[] },
        ) => {
          const body = {
            label: options.label,
            ...(options.scope ? { scopes: options.scope } : {}),
            ...(options.expires === undefined ? {} : { expires_at: options.expires }),
            ...(options.from ? { address_ranges: options.from } : {}),
          };
          showSecret(context, await client.keys.create(body, { signal: context.signal }), isJson);
          return undefined;
        },
      ),
    );
  keys
    .command('rotate')
    .description('Make a successor and show it, this once')
    .argument('<id>')
    .option('--overlap <seconds>', 'the old one goes on to hold so long', whole(0, 2_592_000), 86_400)
    .addHelpText('after', '\nExamples:\n  $ sillage keys rotate 3f9a2cB81xQ --overlap 3600')
    .action(
      withSession(async ({ context, client, isJson }, id: string, { overlap }: { overlap: number }) => {
        const call = { signal: context.signal };
        showSecret(context, await client.keys.rotate(id, { overlap_s: overlap }, call), isJson);
        return undefined;
      }),
    );
  keys
    .command('revoke')
    .description('Revoke a key everywhere, at once')
    .argument('<id>')
    .addHelpText('after', '\nExamples:\n  $ sillage keys revoke 3f9a2cB81xQ')
    .action(
      withSession(async ({ context, client, isJson }, id: string) => {
        const key = await client.keys.revoke(id, { signal: context.signal });
        if (isJson) printJson(context, key);
        else context.stdout.write(`${key.prefix}… (${key.label}) is revoked\n`);
        return undefined;
      }),
    );
}

/** The key alone on standard output, so that it can be piped; what it is, beside it. */
export function showSecret(context: Context, key: Key & { readonly secret: string }, isJson: boolean): void {
  if (isJson) {
    printJson(context, key);
    return;
  }
  printFields(
    { ...context, stdout: context.stderr },
    { id: key.id, label: key.label, scopes: key.scopes.join(' ') },
  );
  context.stderr.write('shown this once:\n');
  context.stdout.write(`${key.secret}\n`);
}
