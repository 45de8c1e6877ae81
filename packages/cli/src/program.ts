import { apiVersion, Sillage } from '@sillage/client';
import { Command, CommanderError, Option } from 'commander';
import { addAccountCommand } from './commands/account.ts';
import { addAdminCommand } from './commands/admin.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommands } from './commands/config.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addGenerateCommand } from './commands/generate.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addModelsCommand } from './commands/models.ts';
import { addPredictCommand } from './commands/predict.ts';
import { addSensorsCommand } from './commands/sensors.ts';
import { addWebhooksCommand } from './commands/webhooks.ts';
import { resolveTarget, type Target } from './config.ts';
import type { Context, Session } from './context.ts';
import { tellError } from './errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { decimal } from './options.ts';
import { paintFor } from './output/style.ts';

/** A command that lives elsewhere and reads its own options: those that run the services of a checkout. */
export interface ExternalCommand {
  /** Words it is called by, for instance ['admin', 'bootstrap']. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly run: (args: readonly string[]) => Promise<number>;
}

export interface GlobalOptions {
  readonly url?: string;
  readonly profile?: string;
  readonly json?: boolean;
  readonly timeout?: number;
}

/** What the commands are made with. */
export interface Kit {
  readonly context: Context;
  /** Runs a handler with a client; its exit code is the command's. */
  readonly withSession: <A extends unknown[]>(
    handler: (session: Session, ...args: A) => Promise<ExitCode | undefined>,
  ) => (...args: A) => Promise<void>;
  /** The same for what needs no API. */
  readonly plain: <A extends unknown[]>(
    handler: (context: Context & { readonly isJson: boolean }, ...args: A) => Promise<ExitCode | undefined>,
  ) => (...args: A) => Promise<void>;
  readonly target: () => Target;
  readonly globals: () => GlobalOptions;
}

const helpWidth = 100;
/** That of package.json; a test holds them equal. */
export const cliVersion = '0.1.0';

export interface RunOptions {
  readonly external?: readonly ExternalCommand[];
}

/** The tree of commands. `done` is told what the one that ran ended with. */
export function buildProgram(
  context: Context,
  { external = [] }: RunOptions,
  done: (code: ExitCode) => void,
): Command {
  const program = new Command('sillage');
  const globals = () => program.opts<GlobalOptions>();
  const target = () => resolveTarget(context, globals());
  const kit: Kit = {
    context,
    globals,
    target,
    withSession:
      (handler) =>
      async (...args) => {
        const { url, apiKey } = target();
        const timeoutMs = globals().timeout === undefined ? undefined : Number(globals().timeout) * 1000;
        const client = new Sillage({
          baseUrl: url,
          apiKey,
          timeoutMs,
          onDeprecation: ({ method, path }) =>
            context.stderr.write(`sillage: ${method} ${path} is deprecated\n`),
        });
        const session = { context, client, isJson: globals().json === true };
        done((await handler(session, ...args)) ?? exitCodes.ok);
      },
    plain:
      (handler) =>
      async (...args) => {
        done((await handler({ ...context, isJson: globals().json === true }, ...args)) ?? exitCodes.ok);
      },
  };
  program
    .description(
      'Machine olfaction: what molecules smell of, which would smell of a description, what a sensor smells.',
    )
    .version(
      `${cliVersion} (API ${apiVersion})`,
      '--version',
      'version of this program, and of the API it was made for',
    )
    .addOption(new Option('--url <address>', 'address of the gateway (or SILLAGE_URL, or a profile)'))
    .addOption(new Option('--profile <name>', 'profile of the configuration file (or SILLAGE_PROFILE)'))
    .addOption(new Option('--json', 'JSON for programs; a list that is long comes as one JSON object a line'))
    .addOption(
      new Option('--timeout <seconds>', 'longest time of one request').argParser(decimal(0.001, 86_400)),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ sillage predict COc1cc(C=O)ccc1O
  $ sillage predict --in molecules.csv --out notes.csv
  $ sillage generate "warm vanilla, slightly smoky" --count 5
  $ sillage jobs run million.csv --out results.parquet
  $ sillage doctor

The key comes from SILLAGE_API_KEY, or from \`sillage login\`. Exit codes: docs/cli.md.`,
    )
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => Math.min(helpWidth, context.stdout.columns ?? helpWidth),
      getErrHelpWidth: () => Math.min(helpWidth, context.stderr.columns ?? helpWidth),
      getOutHasColors: () => paintFor(context.stdout, context.env)('bold', '') !== '',
      getErrHasColors: () => false,
    });
  program.commandsGroup('Ask:');
  addPredictCommand(program, kit);
  addGenerateCommand(program, kit);
  addJobsCommand(program, kit);
  addSensorsCommand(program, kit);
  addModelsCommand(program, kit);
  program.commandsGroup('Who you are:');
  addConfigCommands(program, kit);
  addKeysCommand(program, kit);
  addAccountCommand(program, kit);
  addWebhooksCommand(program, kit);
  addAdminCommand(program, kit);
  program.commandsGroup('This machine:');
  addDoctorCommand(program, kit);
  addCompletionCommand(program, kit);
  for (const command of external) addExternal(program, command);
  for (const command of everyCommand(program)) command.copyInheritedSettings(program);
  return program;
}

/** Runs the command line; resolves with what to exit with. */
export async function runCli(
  args: readonly string[],
  context: Context,
  options: RunOptions = {},
): Promise<number> {
  let code: ExitCode = exitCodes.ok;
  const program = buildProgram(context, options, (ended) => {
    code = ended;
  });
  const paint = paintFor(context.stderr, context.env);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // It has been told already; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (context.signal.aborted) return exitCodes.interrupted;
    const told = tellError(error, addressOf(context, program));
    const [first = '', ...more] = told.lines;
    context.stderr.write(
      `${paint('red', 'sillage:')} ${first}\n${more.map((line) => `  ${line}\n`).join('')}`,
    );
    return told.code;
  }
}

/** Every command and command of a command. */
export function everyCommand(program: Command): Command[] {
  return program.commands.flatMap((command) => [command, ...everyCommand(command)]);
}

function addExternal(program: Command, { path, summary }: ExternalCommand): void {
  const [first = '', ...rest] = path;
  const parent = rest.length === 0 ? program : program.commands.find((one) => one.name() === first);
  const command = new Command(rest.at(-1) ?? first).description(summary).allowUnknownOption();
  parent?.addCommand(command.argument('[options...]'));
}

function addressOf(context: Context, program: Command): string {
  try {
    return resolveTarget(context, program.opts<GlobalOptions>()).url;
  } catch {
    return '';
  }
}
