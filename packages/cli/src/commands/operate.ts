import type { AdminJob, Fleet } from '@sillage/client';
import { type Command, Option } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { whole } from '../options.ts';
import { printJson, printTable } from '../output/print.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';
import { colourOfJob } from './jobs.ts';

const statuses = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
type Status = AdminJob['status'];

const jobColumns: readonly Column<AdminJob>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'tenant', value: ({ tenant_id: tenant }) => tenant },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'status', value: ({ status }) => status, paint: ({ status }) => colourOfJob(status) },
  { title: 'done', value: ({ progress }) => `${progress.done} of ${progress.total}`, align: 'right' },
  { title: 'error', value: ({ error }) => error?.detail ?? '-', isElastic: true },
];

type Service = Fleet['services'][number];
const serviceColumns: readonly Column<Service>[] = [
  {
    title: 'service',
    value: ({ name, pool }) => (pool === null ? name : `${name} ${pool}`),
    isElastic: true,
  },
  {
    title: 'state',
    value: ({ state }) => state.replace('_', ' '),
    paint: ({ state }) => (state === 'ready' ? 'green' : 'red'),
  },
  { title: 'processes', value: ({ instances }) => String(instances.length), align: 'right' },
  { title: 'version', value: ({ instances }) => [...new Set(instances.map((one) => one.version))].join(' ') },
  {
    title: 'wanting',
    value: ({ instances }) =>
      [
        ...new Set(instances.flatMap(({ checks }) => checks.filter((one) => !one.ok).map((one) => one.name))),
      ].join(' ') || '-',
    isElastic: true,
  },
];

/** What operators look after, under `admin`: the fleet, jobs of all tenants, the audit log's chain. */
export function addOperateCommands(admin: Command, { withSession }: Kit): void {
  admin
    .command('fleet')
    .description('How every process of the fleet is, and the backlog of jobs')
    .addHelpText('after', '\nExamples:\n  $ sillage admin fleet')
    .action(
      withSession(async ({ context, client, isJson }) => {
        const fleet = await client.admin.fleet({ signal: context.signal });
        if (isJson) printJson(context, fleet);
        else {
          printTable(context, fleet.services, serviceColumns);
          const { jobs, oldest_s: oldest } = fleet.queue;
          context.stdout.write(
            `jobs: ${jobs.queued} queued, ${jobs.running} running, ${jobs.paused} paused; the oldest waits ${Math.round(oldest)} s\n`,
          );
        }
        return undefined;
      }),
    );
  admin
    .command('jobs')
    .description('Jobs of all tenants, newest first; dead letters are the failed ones')
    .option('-n, --limit <n>', 'how many', whole(1, 100_000), 20)
    .addOption(new Option('-s, --status <name>', 'only these').choices(statuses))
    .option('-t, --tenant <id>', 'only those of this tenant')
    .addHelpText('after', '\nExamples:\n  $ sillage admin jobs --status failed')
    .action(
      withSession(
        async (
          { context, client, isJson },
          { limit, status, tenant }: { limit: number; status?: Status; tenant?: string },
        ) => {
          const filter = {
            limit: Math.min(limit, 100),
            ...(status === undefined ? {} : { status }),
            ...(tenant === undefined ? {} : { tenant_id: tenant }),
          };
          const list = await client.admin.jobs(filter, { signal: context.signal }).toArray(limit);
          if (isJson) printJson(context, list);
          else printTable(context, list, jobColumns);
          return undefined;
        },
      ),
    );
  for (const [name, about, method] of [
    ['retry-job', 'Try again what failed in a job of any tenant', 'retryJob'],
    ['cancel-job', 'Cancel a job of any tenant', 'cancelJob'],
  ] as const) {
    admin
      .command(name)
      .description(about)
      .argument('<id>')
      .addHelpText('after', `\nExamples:\n  $ sillage admin ${name} 0198f3c2-…`)
      .action(
        withSession(async ({ context, client, isJson }, id: string) => {
          const job = await client.admin[method](id, { signal: context.signal });
          if (isJson) printJson(context, job);
          else printTable(context, [job], jobColumns);
          return undefined;
        }),
      );
  }
  admin
    .command('remove-job')
    .description('Remove a job that has ended, with its input and results; it cannot be undone')
    .argument('<id>')
    .addHelpText('after', '\nExamples:\n  $ sillage admin remove-job 0198f3c2-…')
    .action(
      withSession(async ({ context, client }, id: string) => {
        await client.admin.deleteJob(id, { signal: context.signal });
        return undefined;
      }),
    );
  admin
    .command('verify-audit')
    .description('Follow the audit log’s chain from its first row to its last')
    .option('--rows <n>', 'number of a row that was noted', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--head <hash>', 'its hash')
    .addHelpText('after', '\nExamples:\n  $ sillage admin verify-audit --rows 4711 --head 9f86d081…')
    .action(
      withSession(async ({ context, client, isJson }, noted: { rows?: number; head?: string }) => {
        const answer = await client.admin.verifyAudit({ ...noted }, { signal: context.signal });
        if (isJson) printJson(context, answer);
        else if (answer.holds) context.stdout.write(`${answer.rows} rows hold; the last is ${answer.head}\n`);
        else context.stdout.write(`${answer.rows} rows hold; then: ${answer.fault ?? 'unknown'}\n`);
        return answer.holds ? undefined : exitCodes.failed;
      }),
    );
}
