import type { Webhook, WebhookDelivery } from '@sillage/client';
import { type Command, Option } from 'commander';
import { collect, whole } from '../options.ts';
import { moment, printFields, printJson, printTable } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';

type Events = Webhook['events'];
type State = WebhookDelivery['state'];

const columns: readonly Column<Webhook>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'label', value: ({ label }) => label, isElastic: true },
  { title: 'url', value: ({ url }) => url, isElastic: true },
  { title: 'events', value: ({ events }) => events.join(' '), isElastic: true },
];

const deliveryColumns: readonly Column<WebhookDelivery>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'event', value: ({ event }) => event },
  { title: 'state', value: ({ state }) => state, paint: ({ state }) => colours[state] },
  { title: 'attempts', value: ({ attempts }) => String(attempts.length), align: 'right' },
  { title: 'last', value: ({ attempts }) => outcomeOf(attempts.at(-1)), isElastic: true },
  { title: 'made (UTC)', value: ({ created_at: at }) => moment(at) },
];
const colours = { pending: undefined, delivered: 'green', failed: 'red' } as const;

function outcomeOf(attempt: WebhookDelivery['attempts'][number] | undefined): string {
  return attempt ? (attempt.error ?? `HTTP ${attempt.status}`) : '-';
}

export function addWebhooksCommand(program: Command, { withSession }: Kit): void {
  const webhooks = program
    .command('webhooks')
    .description('Who is told of the end of every job of your account, and what was told.');
  webhooks
    .command('list')
    .description('Webhooks, newest first')
    .addHelpText('after', '\nExamples:\n  $ sillage webhooks list')
    .action(
      withSession(async ({ context, client, isJson }) => {
        const list = await client.webhooks.list({ signal: context.signal });
        if (isJson) printJson(context, list);
        else printTable(context, list, columns);
        return undefined;
      }),
    );
  webhooks
    .command('create')
    .description('Make a webhook and show what its deliveries are signed with, this once')
    .argument('<url>', 'gets a signed POST for each event')
    .option('-l, --label <text>', 'what you know it by')
    .option('-e, --event <names>', 'job.succeeded, job.failed, job.cancelled; else all of them', collect)
    .addHelpText(
      'after',
      '\nExamples:\n  $ sillage webhooks create https://example.com/sillage --event job.failed',
    )
    .action(
      withSession(
        async ({ context, client, isJson }, url: string, options: { label?: string; event?: string[] }) => {
          const body = {
            url,
            ...(options.label === undefined ? {} : { label: options.label }),
            // The API says which there are, should one be wrong.
            ...(options.event ? { events: options.event as Events } : {}),
          };
          const webhook = await client.webhooks.create(body, { signal: context.signal });
          if (isJson) printJson(context, webhook);
          else {
            const { id, events } = webhook;
            printFields({ ...context, stdout: context.stderr }, { id, events: events.join(' ') });
            context.stderr.write('shown this once:\n');
            context.stdout.write(`${webhook.secret ?? ''}\n`);
          }
          return undefined;
        },
      ),
    );
  webhooks
    .command('remove')
    .description('Remove a webhook with its deliveries')
    .argument('<id>')
    .addHelpText('after', '\nExamples:\n  $ sillage webhooks remove 6f1b4b9e-…')
    .action(
      withSession(async ({ context, client }, id: string) => {
        await client.webhooks.delete(id, { signal: context.signal });
        return undefined;
      }),
    );
  webhooks
    .command('deliveries')
    .description('What was told, newest first')
    .option('-n, --limit <n>', 'how many', whole(1, 100_000), 20)
    .addOption(new Option('-s, --state <name>', 'only these').choices(Object.keys(colours)))
    .option('-w, --webhook <id>', 'only those to this one')
    .addHelpText('after', '\nExamples:\n  $ sillage webhooks deliveries --state failed')
    .action(
      withSession(
        async (
          { context, client, isJson },
          { limit, state, webhook }: { limit: number; state?: State; webhook?: string },
        ) => {
          const filter = {
            limit: Math.min(limit, 100),
            ...(state === undefined ? {} : { state }),
            ...(webhook === undefined ? {} : { webhook_id: webhook }),
          };
          const list = await client.webhooks.deliveries(filter, { signal: context.signal }).toArray(limit);
          if (isJson) printJson(context, list);
          else printTable(context, list, deliveryColumns);
          return undefined;
        },
      ),
    );
  for (const [name, about, argument] of [
    ['test', 'Send a webhook a test, which tells of no job', '<webhook>'],
    ['redeliver', 'Send a delivery once more', '<delivery>'],
  ] as const) {
    webhooks
      .command(name)
      .description(about)
      .argument(argument)
      .addHelpText('after', `\nExamples:\n  $ sillage webhooks ${name} 6f1b4b9e-…`)
      .action(
        withSession(async ({ context, client, isJson }, id: string) => {
          const delivery = await client.webhooks[name](id, { signal: context.signal });
          if (isJson) printJson(context, delivery);
          else printTable(context, [delivery], deliveryColumns);
          return undefined;
        }),
      );
  }
}
