import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { type GRPCInferenceServiceDefinition, openInferenceService } from '@sillage/contracts';
import { type Need, type Pool, PoolSet, type PoolTarget } from '@sillage/inference-client';
import {
  AppError,
  asBytes,
  type CallOptions,
  GrpcClient,
  type Log,
  type Metrics,
  type RequestOf,
  type ResponseOf,
} from '@sillage/kit';

type Definition = GRPCInferenceServiceDefinition;
/** Calls about one model, or about none. */
type Routed =
  | 'ServerReady'
  | 'ServerMetadata'
  | 'ModelReady'
  | 'ModelMetadata'
  | 'ModelConfig'
  | 'ModelInfer';

/** ModelInfer as bytes: tensors are not unpacked on their way through. */
export const passedOn = { ModelInfer: asBytes(openInferenceService.ModelInfer) };

interface Peer {
  readonly calls: GrpcClient<Definition>;
  readonly bytes: GrpcClient<typeof passedOn>;
}

export interface ModelName {
  readonly name: string;
  /** Empty: the newest. */
  readonly version: string;
}

export interface TensorPoolsOptions {
  readonly targets: readonly PoolTarget[];
  readonly timeoutMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Loading a large model takes its time. */
const loadTimeoutMs = 300_000;
const listTimeoutMs = 5000;

/** The Open Inference Protocol over one or several pools, each call to a pool that serves its model. */
export class TensorPools {
  readonly #pools: PoolSet<Peer>;
  readonly #timeoutMs: number;

  constructor({ targets, timeoutMs, log, metrics }: TensorPoolsOptions) {
    this.#timeoutMs = timeoutMs;
    const isOne = targets.length === 1;
    this.#pools = new PoolSet({
      targets,
      connect: (target) => connect(target, timeoutMs),
      connected: ({ calls }, limitMs) => calls.waitForReady(limitMs),
      close: ({ calls, bytes }) => {
        calls.close();
        bytes.close();
      },
      // Of one pool nothing needs to be known; and another server may not keep an index.
      list: async ({ calls }) => {
        if (isOne) return [];
        const { models } = await calls.unary('RepositoryIndex', {}, { timeoutMs: listTimeoutMs });
        return models.map(({ name, version, state }) => ({ name, version, isUsable: state === 'READY' }));
      },
      missing: ({ names, version }, pools) => {
        const name = JSON.stringify(names[0] ?? '');
        const isKnown = pools.some(({ models }) => models.some((model) => names.includes(model.name)));
        const what = isKnown
          ? `no version ${JSON.stringify(version)} of model ${names[0]}`
          : `no model ${name}`;
        return new AppError('not_found', `there is ${what}; /v2/repository/index lists those there are`);
      },
      log,
      metrics,
    });
  }

  unary<K extends Routed>(
    name: K,
    request: RequestOf<Definition[K]>,
    options: CallOptions = {},
  ): Promise<ResponseOf<Definition[K]>> {
    return this.#pools.run(needOf(request), undefined, ({ calls }) => calls.unary(name, request, options));
  }

  /** ModelInfer, the message as the bytes it came in. */
  inferBytes(message: Buffer, model: ModelName): Promise<Buffer> {
    return this.#pools.run(needOf(model), undefined, ({ bytes }) => bytes.unary('ModelInfer', message));
  }

  /** Of every pool; one that is ready is shown before one of the same name and version that is not. */
  async index(
    request: RequestOf<Definition['RepositoryIndex']>,
  ): Promise<ResponseOf<Definition['RepositoryIndex']>> {
    const answers = await this.#each(({ calls }) => calls.unary('RepositoryIndex', request));
    const models = answers.flatMap((answer) => answer.models);
    const ready = models.filter(({ state }) => state === 'READY');
    return { models: byNameThenNewest(firstOfEach([...ready, ...models])) };
  }

  /** Of one pod for each model; each keeps its own since it started. */
  async statistics(request: ModelName): Promise<ResponseOf<Definition['ModelStatistics']>> {
    if (request.name !== '') {
      return this.#pools.run(needOf(request), undefined, ({ calls }) =>
        calls.unary('ModelStatistics', request),
      );
    }
    const answers = await this.#each(({ calls }) => calls.unary('ModelStatistics', request));
    return { modelStats: byNameThenNewest(firstOfEach(answers.flatMap(({ modelStats }) => modelStats))) };
  }

  /**
   * Loads or unloads a model on every pod of the pools that have it, or of all where none has. The first failure is
   * thrown when all are done.
   */
  async change(what: 'load' | 'unload', modelName: string): Promise<void> {
    const { pools } = this.#pools;
    const having = pools.filter(({ models }) => models.some(({ name }) => name === modelName));
    const asked = having.length > 0 ? having : pools;
    const ends = await Promise.allSettled(asked.map((pool) => this.#changeOne(pool, what, modelName)));
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    // A folder that only some pools have is not missing.
    const isDone = having.length === 0 && failures.length < ends.length;
    const grave = isDone ? failures.filter((error) => !isNotFound(error)) : failures;
    for (const pool of asked) this.#pools.doubt(pool);
    if (grave.length > 0) throw grave[0];
  }

  close(): void {
    this.#pools.close();
  }

  async #changeOne(pool: Pool<Peer>, what: 'load' | 'unload', modelName: string): Promise<void> {
    const addresses = await addressesOf(pool.target);
    if (addresses.length < 2) return changeOn(pool.client, what, modelName);
    const ends = await Promise.allSettled(
      addresses.map(async (address) => {
        const pod = connect(address, this.#timeoutMs);
        try {
          await changeOn(pod, what, modelName);
        } finally {
          pod.calls.close();
          pod.bytes.close();
        }
      }),
    );
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Answers of the pools that are there; of a single one its failure. */
  async #each<T>(ask: (peer: Peer) => Promise<T>): Promise<T[]> {
    const pools = await this.#pools.candidates(undefined, '');
    const ends = await Promise.allSettled(
      pools.map((pool) => this.#pools.counted(pool, () => ask(pool.client))),
    );
    const answers = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed && answers.length === 0) throw failed.reason;
    return answers;
  }
}

function connect(target: string, timeoutMs: number): Peer {
  const common = { target, peer: 'inference', timeoutMs };
  return {
    calls: new GrpcClient({ ...common, definition: openInferenceService }),
    bytes: new GrpcClient<typeof passedOn>({ ...common, definition: passedOn }),
  };
}

async function changeOn({ calls }: Peer, what: 'load' | 'unload', modelName: string): Promise<void> {
  const options = { timeoutMs: loadTimeoutMs };
  if (what === 'load') await calls.unary('RepositoryModelLoad', { modelName }, options);
  else await calls.unary('RepositoryModelUnload', { modelName }, options);
}

/** The addresses behind a target, each a target of its own. */
export async function addressesOf(target: string): Promise<string[]> {
  const found = /^(?:dns:\/\/\/)?([^:/]+):(\d+)$/.exec(target);
  if (!found) return [target];
  const [, host = '', port = ''] = found;
  const addresses = await lookup(host, { all: true }).catch(() => []);
  return addresses.map(({ address }) =>
    isIPv6(address) ? `ipv6:[${address}]:${port}` : `ipv4:${address}:${port}`,
  );
}

/** By the names that the protocol's messages have for a model; undefined where they name none. */
function needOf(request: object): Need | undefined {
  const { name, version, modelName, modelVersion }: Record<string, unknown> = { ...request };
  const named = name ?? modelName;
  const wanted = version ?? modelVersion;
  if (typeof named !== 'string' || named === '') return undefined;
  return { names: [named], version: typeof wanted === 'string' ? wanted : '' };
}

function firstOfEach<T extends ModelName>(models: readonly T[]): T[] {
  const found = new Map<string, T>();
  for (const model of models) {
    const key = `${model.name}/${model.version}`;
    if (!found.has(key)) found.set(key, model);
  }
  return [...found.values()];
}

function byNameThenNewest<T extends ModelName>(models: readonly T[]): T[] {
  return models.toSorted((a, b) =>
    a.name === b.name ? Number(b.version) - Number(a.version) : a.name < b.name ? -1 : 1,
  );
}

function isNotFound(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not_found';
}
