import {
  type InferenceServiceDefinition,
  inferenceService,
  type Model__Output,
  type ModelRef,
  type ModelRefJson,
  type Timing__Output,
} from '@sillage/contracts';
import {
  AppError,
  type CallOptions,
  GrpcClient,
  type Log,
  type MethodName,
  type Metrics,
  type RequestOf,
  type ResponseOf,
} from '@sillage/kit';
import { modelFor, type Need, type Routable } from './choose.ts';
import { type Pool, PoolSet } from './pool-set.ts';
import type { PoolTarget } from './targets.ts';

type Definition = InferenceServiceDefinition;
/** What is asked of one pool; the models are asked of all (`listModels`). */
type Routed = Exclude<MethodName<Definition>, 'ListModels'>;

export interface PoolCallOptions extends CallOptions {
  /** What always goes to the same of several pools that serve it; absent, the id of the request in hand. */
  readonly routeKey?: string;
}

export interface InferencePoolsOptions {
  readonly targets: readonly PoolTarget[];
  /** Time a call may take when its caller sets no earlier deadline, milliseconds. */
  readonly timeoutMs: number;
  readonly log: Log;
  readonly metrics?: Metrics;
  readonly observer?: CallObserver;
}

/** Told how calls of one answer went, for who decides what may be sent next. */
export interface CallObserver {
  /** How long the call took as a whole, and how long of it inference worked on it, waiting left out; milliseconds. */
  answered(callMs: number, workMs: number): void;
  /** Inference had no room for it. */
  pushedBack(): void;
}

const listTimeoutMs = 5000;
const odourNotes = 'odour-notes';

const ofModel =
  (task: string) =>
  ({ model }: { model?: ModelRef | null }): Need => ({
    task,
    names: model?.name ? [model.name] : [],
    version: model?.version ?? '',
  });

/** What each method must find in the pool that it goes to; undefined: any pool will do. */
const needs: { [K in Routed]: (request: RequestOf<Definition[K]>) => Need | undefined } = {
  Predict: ofModel(odourNotes),
  PredictMixture: ofModel(odourNotes),
  FindSimilar: ofModel(odourNotes),
  ReadMap: ofModel(odourNotes),
  Evaluate: ofModel(odourNotes),
  Classify: ofModel('enose-classification'),
  // A worker is a generator's name, with or without its prefix; molecules are scored where they are drawn.
  Generate: ({ worker }) => ({
    task: 'molecule-generation',
    names: worker ? [worker, `generator-${worker}`] : [],
    version: '',
    alongside: odourNotes,
  }),
  DrawMolblocks: () => undefined,
  DescribeMolecules: () => undefined,
};

/** sillage.inference.v1 over one or several pools: the calls of a GrpcClient, each sent to a pool that serves it. */
export class InferencePools {
  readonly #pools: PoolSet<GrpcClient<Definition>>;
  /** The last list of each pool: what it served counts on while it is away. */
  readonly #lists = new Map<GrpcClient<Definition>, readonly Model__Output[]>();

  readonly #observer: CallObserver | undefined;

  constructor({ targets, timeoutMs, log, metrics, observer }: InferencePoolsOptions) {
    this.#observer = observer;
    this.#pools = new PoolSet({
      targets,
      connect: (target) =>
        new GrpcClient({ definition: inferenceService, target, peer: 'inference', timeoutMs }),
      connected: (client, limitMs) => client.waitForReady(limitMs),
      close: (client) => client.close(),
      list: async (client) => (await this.#list(client)).flatMap(listed),
      missing,
      log,
      ...(metrics ? { metrics } : {}),
    });
  }

  /** One request, one answer. */
  unary<K extends Routed>(
    name: K,
    request: RequestOf<Definition[K]>,
    options: PoolCallOptions = {},
  ): Promise<ResponseOf<Definition[K]>> {
    const need = needs[name](request);
    return this.#pools.run(need, options.routeKey, async (client, pool) => {
      const answer = await this.#observed(name, client.unary(name, request, options));
      if (need) this.#compare(pool, need, answer);
      return answer;
    });
  }

  async #observed<T>(name: Routed, call: Promise<T>): Promise<T> {
    // Others take seconds by their nature, or tell no times.
    if (!this.#observer || name !== 'Predict') return call;
    const startedMs = performance.now();
    try {
      const answer = await call;
      const { timing } = answer as { timing?: Timing__Output | null };
      if (timing) {
        const callMs = performance.now() - startedMs;
        this.#observer.answered(callMs, timing.totalMs - timing.queueMs);
      }
      return answer;
    } catch (error) {
      if (error instanceof AppError && error.code === 'overloaded') this.#observer.pushedBack();
      throw error;
    }
  }

  /** One request, answers as they come. Another pool is asked only while none has come. */
  async *stream<K extends Routed>(
    name: K,
    request: RequestOf<Definition[K]>,
    options: PoolCallOptions = {},
  ): AsyncGenerator<ResponseOf<Definition[K]>> {
    const pools = await this.#pools.candidates(needs[name](request), options.routeKey);
    for (const [index, pool] of pools.entries()) {
      const done = this.#pools.begin(pool);
      let hasBegun = false;
      try {
        for await (const message of pool.client.stream(name, request, options)) {
          hasBegun = true;
          yield message;
        }
        return;
      } catch (error) {
        this.#pools.refused(pool, error);
        const isLast = index === pools.length - 1;
        if (hasBegun || !this.#pools.mayGoOn(error, pool) || isLast) throw error;
      } finally {
        done();
      }
    }
  }

  /** The models of all pools: those of one that is away as it told them last. By name, newest version first. */
  async listModels(): Promise<readonly Model__Output[]> {
    const { pools } = this.#pools;
    const ends = await Promise.allSettled(
      pools.map(({ client, isThere }) =>
        isThere === false && pools.length > 1 ? Promise.resolve() : this.#list(client),
      ),
    );
    const failed = ends.find((end) => end.status === 'rejected');
    const lists = pools.map(({ client }) => this.#lists.get(client) ?? []);
    if (failed && (pools.length === 1 || lists.every((list) => list.length === 0))) throw failed.reason;
    return merged(lists);
  }

  /** The model that a request with this key would be answered by; undefined where that is not known yet. */
  expected(model: ModelRefJson | undefined, key: string): ModelRefJson | undefined {
    const found = this.#pools.expected(ofModel(odourNotes)({ model: model ?? null }), key);
    return found && { name: found.name, version: found.version };
  }

  /** The same, asked for where it is not known. @throws AppError unavailable while no model for odour notes is there. */
  async current(key: string): Promise<ModelRefJson> {
    const known = this.expected(undefined, key);
    if (known) return known;
    await this.#pools.relist();
    const found = this.expected(undefined, key);
    if (found) return found;
    throw new AppError('unavailable', 'no model for odour notes is loaded at the moment', { retryAfterS: 5 });
  }

  /** Resolves where a pool is there, with how each of several is; rejects as `unavailable` where none is. */
  check(): Promise<string | undefined> {
    return this.#pools.check();
  }

  close(): void {
    this.#pools.close();
  }

  async #list(client: GrpcClient<Definition>): Promise<readonly Model__Output[]> {
    const { models } = await client.unary('ListModels', {}, { timeoutMs: listTimeoutMs });
    this.#lists.set(client, models);
    return models;
  }

  /** A new version came in since the pool was asked for its list. */
  #compare(pool: Pool<GrpcClient<Definition>>, need: Need, answer: object): void {
    const model = 'model' in answer ? (answer.model as ModelRef | null) : null;
    if (!model?.name || !model.version) return;
    const known = modelFor(pool, { ...need, names: [model.name] });
    if (known?.version === model.version || need.version !== '') return;
    const { name, version } = model;
    const { task = '' } = need;
    const isDefault = need.names.length === 0;
    // Taken over at once, so that the next request looks for the right rows; the list follows.
    const others = pool.models.map((other) =>
      isDefault && other.task === task && other.name !== name ? { ...other, isDefault: false } : other,
    );
    pool.models = [{ name, version, task, isDefault: isDefault || (known?.isDefault ?? false) }, ...others];
    this.#pools.doubt(pool);
  }
}

function listed({ ref, task, isDefault }: Model__Output) {
  return ref ? [{ name: ref.name, version: ref.version, task, isDefault }] : [];
}

/** Each model once; of several defaults of a task that of the first pool holds. */
function merged(lists: readonly (readonly Model__Output[])[]): Model__Output[] {
  const models = new Map<string, Model__Output>();
  const defaults = new Map<string, string>();
  for (const list of lists) {
    for (const model of list) {
      const key = `${model.ref?.name}/${model.ref?.version}`;
      if (!models.has(key)) models.set(key, model);
      if (model.isDefault && !defaults.has(model.task)) defaults.set(model.task, key);
    }
  }
  const all = [...models].map(([key, model]) => ({ ...model, isDefault: defaults.get(model.task) === key }));
  return lists.length === 1 ? all : all.sort(byNameThenNewest);
}

function byNameThenNewest(a: Model__Output, b: Model__Output): number {
  const [x, y] = [a.ref?.name ?? '', b.ref?.name ?? ''];
  return x === y ? Number(b.ref?.version) - Number(a.ref?.version) : x < y ? -1 : 1;
}

/** As one server of inference says it, over what all pools have. */
function missing({ task = '', names, version }: Need, pools: readonly Routable[]): AppError {
  const there = pools.flatMap(({ models }) => models.filter((model) => model.task === task));
  if (task === 'molecule-generation' && names.length > 0) {
    const workers = [...new Set(there.map(({ name }) => name.replace(/^generator-/, '')))];
    const detail = `no worker ${names[0]}; there are: ${workers.join(', ')}`;
    return new AppError('invalid_input', detail, { errors: [{ pointer: '/worker', detail }] });
  }
  const known = there.filter(({ name }) => names.includes(name));
  if (known.length > 0) {
    const versions = [...new Set(known.map((model) => model.version))];
    const detail = `there are: ${versions.join(', ')}`;
    return new AppError('not_found', `no version ${version} of model ${names[0]}; ${detail}`, {
      errors: [{ pointer: '/model/version', detail }],
      extra: { versions },
    });
  }
  const models = [...new Set(there.map(({ name }) => name))];
  const detail = models.length > 0 ? `there are: ${models.join(', ')}` : 'this fleet has none';
  return new AppError('not_found', `no model ${names[0] ?? ''} for ${task}; ${detail}`.replace('  ', ' '), {
    errors: [{ pointer: '/model/name', detail }],
    extra: { models },
  });
}
