import type { Context } from './context.ts';
import { type ExternalCommand, type RunOptions, runCli } from './program.ts';

/** The world of this process. Ctrl-C ends what runs; a second one ends the process at once. */
export function processContext(more: Pick<Context, 'fallback'> = {}): Context {
  const interrupted = new AbortController();
  let count = 0;
  process.on('SIGINT', () => {
    count += 1;
    if (count > 1) process.exit(130);
    interrupted.abort(new Error('interrupted'));
  });
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: interrupted.signal,
    now: () => new Date(),
    ...more,
  };
}

/** Runs the command line of this process and sets its exit code. */
export async function runProcess(
  more: Pick<Context, 'fallback'> = {},
  options: RunOptions = {},
): Promise<void> {
  const args = process.argv.slice(2);
  const external = options.external?.find(({ path }) => path.every((word, at) => args[at] === word));
  if (external) {
    process.exitCode = await runExternal(external, args.slice(external.path.length));
    return;
  }
  // A reader that has seen enough, such as head, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await runCli(args, processContext(more), options);
}

async function runExternal({ run }: ExternalCommand, args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    process.stderr.write(`sillage: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
