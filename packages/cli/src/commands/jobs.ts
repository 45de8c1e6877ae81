import { constants, openAsBlob } from 'node:fs';
import { access } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Job, MoleculeFileType, ResultFormat, Sillage } from '@sillage/client';
import { saveResults } from '@sillage/client/node';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Context, Session } from '../context.ts';
import { Failure, UsageError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { whole } from '../options.ts';
import { moment, printFields, printJson, printTable, write } from '../output/print.ts';
import { ProgressView } from '../output/progress.ts';
import type { Column } from '../output/table.ts';
import type { Kit } from '../program.ts';
import { type GenerationOptions, generationOf, withGenerationOptions } from './generate.ts';

const formats = ['ndjson', 'csv', 'sdf', 'parquet'] as const;

interface RunOptions extends GenerationOptions {
  readonly describe?: string;
  readonly count?: number;
  readonly column?: string;
  readonly top: number;
  readonly model?: string;
  readonly key?: string;
  readonly deadline?: number;
  readonly out?: string;
  readonly format?: ResultFormat;
  readonly detach?: boolean;
}

export function addJobsCommand(program: Command, { withSession }: Kit): void {
  const jobs = program.command('jobs').description('Work on many molecules: start, follow, fetch.');
  jobs
    .command('list')
    .description('Jobs, newest first')
    .option('-n, --limit <n>', 'how many', whole(1, 100_000), 20)
    .addHelpText('after', '\nExamples:\n  $ sillage jobs list --limit 50')
    .action(withSession(listJobs));
  withGenerationOptions(
    jobs
      .command('run')
      .description('Start a job and follow it to its end')
      .argument('[file]', 'CSV, TSV or SMILES (.smi) of up to 1,000,000 molecules')
      .option('-c, --column <name>', 'column of the SMILES, by name or number; else `smiles`')
      .option('-k, --top <n>', 'odour notes of each molecule', whole(1, 138), 5)
      .option('-m, --model <name>', 'the model that answers')
      .option('-d, --describe <text>', 'a generation instead: what the molecules should smell of')
      .option('-n, --count <n>', 'of a generation: molecules', whole(1, 10_000))
      .option('--deadline <seconds>', 'fails if it has not ended by then', whole(1, 604_800))
      .option('--key <text>', 'Idempotency-Key: the same again finds the job that was made')
      .option('-o, --out <file>', 'save the results here when it has ended')
      .addOption(
        new Option('-f, --format <form>', 'of the results; else by the name of --out').choices(formats),
      )
      .option('--detach', 'print its id and leave it to run'),
  )
    .addHelpText(
      'after',
      `
Examples:
  $ sillage jobs run million.csv --out notes.parquet
  $ sillage jobs run --describe "fresh citrus" --count 5000 --out citrus.sdf
  $ sillage jobs run molecules.smi --detach`,
    )
    .action(withSession(runJob));
  jobs
    .command('watch')
    .description('Follow a job to its end')
    .argument('<id>')
    .addHelpText('after', '\nCtrl-C leaves the job running.\n\nExamples:\n  $ sillage jobs watch 0198f3c2-…')
    .action(withSession(async (session, id: string) => endOf(await follow(session, id))));
  jobs
    .command('results')
    .description('Fetch results: to a file, or to standard output')
    .argument('<id>')
    .option('-o, --out <file>', 'a download that broke off goes on where it stopped')
    .addOption(new Option('-f, --format <form>', 'else by the name of --out, else ndjson').choices(formats))
    .addHelpText(
      'after',
      `
Examples:
  $ sillage jobs results 0198f3c2-… --out notes.csv
  $ sillage jobs results 0198f3c2-… | jq -r .smiles`,
    )
    .action(withSession(fetchResults));
  for (const [name, about] of [
    ['get', 'Show a job'],
    ['cancel', 'Stop what is not finished; rows already made stay'],
    ['pause', 'Give out no more of it'],
    ['resume', 'Go on with what is paused or was cancelled'],
    ['retry', 'Try again what failed'],
  ] as const) {
    jobs
      .command(name)
      .description(about)
      .argument('<id>')
      .addHelpText('after', `\nExamples:\n  $ sillage jobs ${name} 0198f3c2-…`)
      .action(
        withSession(async ({ context, client, isJson }, id: string) => {
          const job = await client.jobs[name](id, { signal: context.signal });
          showJob(context, job, isJson);
          return undefined;
        }),
      );
  }
}

const columns: readonly Column<Job>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'status', value: ({ status }) => status, paint: ({ status }) => colourOfJob(status) },
  { title: 'done', value: ({ progress }) => `${progress.done} of ${progress.total}`, align: 'right' },
  { title: 'errors', value: ({ progress }) => String(progress.failed), align: 'right' },
  { title: 'made (UTC)', value: ({ created_at: at }) => moment(at) },
];

/** How a state of a job looks in a table. */
export function colourOfJob(status: Job['status']) {
  if (status === 'succeeded') return 'green' as const;
  return status === 'failed' ? ('red' as const) : status === 'running' ? ('cyan' as const) : undefined;
}

async function listJobs({ context, client, isJson }: Session, { limit }: { limit: number }) {
  const page = Math.min(limit, 100);
  const jobs = await client.jobs.list({ limit: page, signal: context.signal }).toArray(limit);
  if (isJson) printJson(context, jobs);
  else printTable(context, jobs, columns);
  return undefined;
}

async function runJob(
  session: Session,
  file: string | undefined,
  options: RunOptions,
): Promise<ExitCode | undefined> {
  const { context, client, isJson } = session;
  const format = options.out === undefined ? options.format : formatOf(options.out, options.format);
  const job = await start(client, file, options, context.signal);
  if (job.input_report && job.input_report.rejected > 0) {
    const { rejected, rows, problems } = job.input_report;
    context.stderr.write(`${rejected} of ${rows} rows hold no molecule; the first:\n`);
    for (const { line, detail } of problems.slice(0, 3)) context.stderr.write(`  line ${line}: ${detail}\n`);
  }
  if (options.detach) {
    if (isJson) printJson(context, job);
    else context.stdout.write(`${job.id}\n`);
    return undefined;
  }
  context.stderr.write(`job ${job.id}; Ctrl-C leaves it running\n`);
  const ended = await follow(session, job.id);
  if (options.out !== undefined && ended.status === 'succeeded') {
    const bytes = await saveResults(client, job.id, options.out, { format, signal: context.signal });
    context.stderr.write(`${options.out}: ${bytes} bytes\n`);
  }
  return endOf(ended);
}

async function start(
  client: Sillage,
  file: string | undefined,
  options: RunOptions,
  signal: AbortSignal,
): Promise<Job> {
  const call = { signal, ...(options.key === undefined ? {} : { idempotencyKey: options.key }) };
  const deadline = options.deadline === undefined ? {} : { deadline_s: options.deadline };
  if (options.describe !== undefined) {
    if (file !== undefined) throw new UsageError('give a file of molecules, or --describe, not both');
    const input = { ...generationOf(options.describe, options), num_molecules: options.count ?? 100 };
    return client.jobs.create({ kind: 'generate', input, ...deadline }, call);
  }
  if (file === undefined) throw new UsageError('give a file of molecules, or --describe for a generation');
  await access(file, constants.R_OK).catch(() => {
    throw new UsageError(`${file} cannot be read; give a CSV, TSV or SMILES file`);
  });
  const blob = await openAsBlob(file);
  const query = {
    top_k: options.top,
    ...(options.column === undefined ? {} : { column: options.column }),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...deadline,
  };
  return client.jobs.upload(blob, { ...call, type: typeOf(file), query });
}

function typeOf(file: string): MoleculeFileType {
  const ending = extname(file).toLowerCase();
  if (ending === '.csv') return 'text/csv';
  return ending === '.tsv' ? 'text/tab-separated-values' : 'chemical/x-daylight-smiles';
}

async function follow({ context, client, isJson }: Session, id: string): Promise<Job> {
  const view = new ProgressView(context);
  try {
    return await client.jobs.wait(id, {
      signal: context.signal,
      onProgress: (job) => (isJson ? context.stdout.write(`${JSON.stringify(job)}\n`) : view.show(job)),
    });
  } finally {
    view.end();
  }
}

/** A job that did not succeed is a command that did not either. */
function endOf({ id, status, error }: Job): ExitCode {
  if (status === 'succeeded') return exitCodes.ok;
  const why = error ? `: ${error.detail}` : '';
  throw new Failure(
    `the job ${status === 'failed' ? 'failed' : 'was cancelled'}${why}; \`sillage jobs retry ${id}\` or resume goes on`,
  );
}

async function fetchResults(
  { context, client, isJson }: Session,
  id: string,
  { out, format }: { out?: string; format?: ResultFormat },
): Promise<undefined> {
  const { signal } = context;
  if (out !== undefined) {
    const bytes = await saveResults(client, id, out, { format: formatOf(out, format), signal });
    context.stderr.write(`${out}: ${bytes} bytes\n`);
    return undefined;
  }
  if (format === 'parquet' && context.stdout.isTTY)
    throw new UsageError('parquet is not for a terminal: name a file with --out');
  if (isJson || format !== undefined) {
    for await (const bytes of client.jobs.download(id, { format, signal })) context.stdout.write(bytes);
    return undefined;
  }
  for await (const row of client.jobs.results(id, { signal }))
    await write(context, `${JSON.stringify(row)}\n`);
  return undefined;
}

function formatOf(out: string, format: ResultFormat | undefined): ResultFormat {
  if (format !== undefined) return format;
  const ending = extname(out).slice(1).toLowerCase();
  const known = formats.find((one) => one === ending) ?? (ending === 'jsonl' ? 'ndjson' : undefined);
  if (known) return known;
  throw new UsageError(
    `which form should ${out} have? Name it with --format, or end the name with ${formats.join(', ')}`,
  );
}

function showJob(context: Context, job: Job, isJson: boolean): void {
  if (isJson) {
    printJson(context, job);
    return;
  }
  const { progress, summary } = job;
  printFields(context, {
    id: job.id,
    kind: job.kind,
    status: job.status,
    progress: `${progress.done} of ${progress.total}, ${progress.failed} with an error`,
    ...(summary.model ? { model: `${summary.model.name} ${summary.model.version}` } : {}),
    made: moment(job.created_at),
    ended: moment(job.finished_at),
    ...(job.error ? { error: job.error.detail } : {}),
  });
}
