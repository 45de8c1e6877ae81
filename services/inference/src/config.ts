import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { env, redisVariables } from '@sillage/kit';
import { z } from 'zod';
import { selectionPattern } from './repository/selection.ts';

/** Variables of the inference service. */
export const configSchema = z.object({
  /** 0 takes a free port. */
  GRPC_PORT: env.port().default(50_052),
  /** Folder of the models, or several as in PATH: of two models with one name the first holds. */
  MODEL_PATH: env
    .text('folder that holds the models')
    .default(join(import.meta.dirname, '..', '..', '..', 'models'))
    .transform((text) => text.split(delimiter).filter(Boolean)),
  /** Models that this server loads, by commas: `name` or `name@version`. Absent: all of the repository. */
  MODELS: env
    .list()
    .refine((names) => names.every((name) => selectionPattern.test(name)), {
      error:
        'must be names of models by commas, each with or without its version: olfactory-base,enose-smellnet@2',
    })
    .default([]),
  /** explicit: models that are served as tensors can be loaded and unloaded while the server runs. */
  MODEL_CONTROL: env.oneOf(['none', 'explicit']).default('none'),
  /** Answers of models whose manifest says `cache: true` that are kept, megabytes; 0 keeps none. */
  TENSOR_CACHE_MB: env.integer(0, 65_536).default(32),
  /** Tensors of requests in work at the same time, megabytes; beyond it requests are refused as overloaded. */
  MAX_TENSOR_MB_IN_FLIGHT: env.integer(32, 1_000_000).default(256),
  /** auto: CUDA where its libraries are, else the CPU. */
  DEVICE: env.oneOf(['auto', 'cpu', 'cuda']).default('auto'),
  /** Models that serve requests which name none; elsewhere the first by name. */
  DEFAULT_MODELS: env.list().default([]),
  /** Most rows of one batch; a manifest may ask for fewer. */
  BATCH_SIZE: env.integer(1, 4096).default(64),
  /** Threads for chemistry and models, started when work waits. The event loop beside them needs a tenth of a core. */
  MAX_WORKERS: env.integer(1, 256).default(availableParallelism()),
  /** Threads inside one run of a model. On a CPU more threads (MAX_WORKERS) gain more than wider runs. */
  INTRA_OP_THREADS: env.integer(1, 256).default(1),
  /** A thread beyond the first ends when it has been idle so long, milliseconds. */
  WORKER_IDLE_MS: env.integer(100, 3_600_000).default(30_000),
  /** For calls that bring no deadline of their own, milliseconds. */
  INFERENCE_TIMEOUT: env.integer(10, 3_600_000).default(30_000),
  /** Molecules in work at the same time, over all predictions; beyond it requests are refused as overloaded. */
  MAX_MOLECULES_IN_FLIGHT: env.integer(256, 1_000_000).default(4096),
  /** Atoms that may wait for one model; far above what the molecules in flight have. */
  MAX_QUEUE_COST: env.integer(65_536, 100_000_000).default(262_144),
  MAX_GENERATIONS: env.integer(1, 1000).default(8),
  /** Rows of the odour models kept in memory, megabytes; a row takes some 3 kB. 0 keeps none. */
  CACHE_MEMORY_MB: env.integer(0, 65_536).default(16),
  /** Absent: rows are not shared with other servers. */
  ...redisVariables,
  /** Folder of the rows kept on disk; absent: none are. */
  CACHE_DIR: env.text('folder for the cache').optional(),
  /** Most that the cache takes in Redis, and most on disk, megabytes; 0: neither is used. */
  CACHE_SIZE_MB: env.integer(0, 1_048_576).default(256),
  CACHE_TTL_HOURS: env.integer(1, 8760).default(168),
  /** Rows asked for most that are brought into memory at start, beside common odorants; 0: memory starts empty. */
  CACHE_WARM_ROWS: env.integer(0, 1_000_000).default(2000),
});

export type InferenceConfig = Readonly<z.output<typeof configSchema>>;
