import { parentPort, workerData } from 'node:worker_threads';
import { ChemError } from '@sillage/chem';
import type { Moved, ThreadCall, ThreadMessage, ThreadSetup, WireError } from './protocol.ts';
import { makeTasks } from './tasks.ts';
import { Workbench } from './workbench.ts';

/** Entry of a thread: one message in, one out. Tasks that wait for a model let others of this thread go on. */
const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
const post = (message: ThreadMessage, transfer: readonly ArrayBuffer[] = []) =>
  port.postMessage(message, [...transfer]);

const bench = await Workbench.open(workerData as ThreadSetup);
const tasks = makeTasks(bench);

port.on('message', (call: ThreadCall) => {
  // Ends this thread, not the process.
  if (call.kind === 'end') process.exit();
  const { id, kind, input } = call;
  // The pool's types pair kind and input; here they arrive as the pair they were.
  const run = tasks[kind] as (input: unknown) => Promise<unknown>;
  const begunMs = performance.now();
  run(input).then(
    (output) => {
      const workMs = performance.now() - begunMs;
      post({ kind: 'done', id, output, workMs }, isMoved(output) ? output.transfer : []);
    },
    (error: unknown) => post({ kind: 'failed', id, error: wireError(error) }),
  );
});
post({ kind: 'ready' });

function isMoved(output: unknown): output is Moved<unknown> {
  return typeof output === 'object' && output !== null && 'moved' in output && 'transfer' in output;
}

function wireError(error: unknown): WireError {
  const internal = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // AppError is read by its shape: loading the kit in every thread would cost its memory again.
  if (error instanceof Error && 'code' in error && error.name === 'AppError') {
    return { code: error.code as WireError['code'], message: error.message, internal };
  }
  if (error instanceof ChemError && error.problem !== 'engine') {
    return { code: 'invalid_input', message: error.detail, internal };
  }
  return { code: 'model_failed', message: 'the model failed on this input', internal };
}
