import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  type GRPCInferenceServiceDefinition,
  type InferenceServiceDefinition,
  inferenceService,
  openInferenceService,
} from '@sillage/contracts';
import { GrpcClient } from '@sillage/kit';

const script = join(import.meta.dirname, '../../../services/inference/dist/index.js');
const longestMs = 300_000;

/**
 * How Node and its allocator keep the inference service small: without these it is 100 MB larger once every model was
 * used, and no faster. The variables are glibc's: threads share two arenas, and what a batch gave back goes back to the
 * system. Where glibc is not, they say nothing.
 */
export const inferenceRuntime = {
  nodeOptions: ['--max-semi-space-size=8'],
  env: {
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: String(2 ** 21),
    MALLOC_TRIM_THRESHOLD_: String(2 ** 23),
  },
} as const;

/** The inference service without the rest of the fleet. */
export interface LoneInference {
  readonly client: GrpcClient<InferenceServiceDefinition>;
  /** The same service by the Open Inference Protocol. */
  readonly tensors: GrpcClient<GRPCInferenceServiceDefinition>;
  /** host:port of both. */
  readonly target: string;
  readonly process: ChildProcess;
  stop: () => Promise<void>;
}

/**
 * Starts it and resolves when its models are loaded. What is wrong with a model is in the index of its repository.
 * `modelPath` is the model repository; absent, the one of this repository. `env`: further variables.
 */
export async function startLoneInference(
  modelPath?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<LoneInference> {
  const child = fork(script, {
    execArgv: [...inferenceRuntime.nodeOptions],
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      GRPC_PORT: '0',
      METRICS_PORT: '0',
      LOG_LEVEL: 'silent',
      ...inferenceRuntime.env,
      ...(modelPath === undefined ? {} : { MODEL_PATH: modelPath }),
      ...env,
    },
  });
  const [message, code] = await Promise.race([
    once(child, 'message').then(([ready]) => [ready]),
    once(child, 'exit').then(([exit]) => [undefined, exit]),
  ]);
  if (message === undefined) throw new Error(`inference did not start (exit ${code})`);
  const peer = { target: `127.0.0.1:${message.ports.grpc}`, peer: 'inference', timeoutMs: longestMs };
  const client = new GrpcClient({ ...peer, definition: inferenceService });
  const tensors = new GrpcClient({ ...peer, definition: openInferenceService });
  return {
    client,
    tensors,
    target: peer.target,
    process: child,
    stop: async () => {
      client.close();
      tensors.close();
      // One that has crashed has told its exit already and would never tell it again.
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
