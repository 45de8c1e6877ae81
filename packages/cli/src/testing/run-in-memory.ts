import { PassThrough, Readable } from 'node:stream';
import { type RunOptions, runCli } from '../program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly columns?: number;
  readonly isTerminal?: boolean;
  readonly options?: RunOptions;
}

/** Runs a command line in this process, as a pipe of 100 columns and without a home unless told otherwise. */
export async function runInMemory(args: readonly string[], world: World = {}): Promise<Ran> {
  const stream = () => {
    const chunks: Buffer[] = [];
    const through = new PassThrough();
    through.on('data', (chunk: Buffer) => chunks.push(chunk));
    const more = world.isTerminal ? { isTTY: true, columns: world.columns ?? 100 } : {};
    return { stream: Object.assign(through, more), text: () => Buffer.concat(chunks).toString() };
  };
  const [stdout, stderr] = [stream(), stream()];
  const code = await runCli(
    args,
    {
      stdin: Readable.from(world.stdin === undefined ? [] : [world.stdin]),
      stdout: stdout.stream,
      stderr: stderr.stream,
      env: { HOME: '/nonexistent', ...world.env },
      signal: new AbortController().signal,
      now: () => new Date('2026-11-21T10:00:00Z'),
    },
    world.options,
  );
  return { code, out: stdout.text(), err: stderr.text() };
}
