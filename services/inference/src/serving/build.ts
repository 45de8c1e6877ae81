import { fragranceAllergens } from '@sillage/chem';
import type { Log, Metrics } from '@sillage/kit';
import type { RowCache } from '../cache/open-cache.ts';
import type { InferenceConfig } from '../config.ts';
import type { Descriptions } from '../domain/description/descriptions.ts';
import { enoseFeatures } from '../domain/enose/features.ts';
import { generatorParametersSchema } from '../domain/generation/generator-files.ts';
import { paddedCost } from '../engine/batch-policy.ts';
import { modelIdentity } from '../repository/model-identity.ts';
import { type ModelVersion, modelKey } from '../repository/model-version.ts';
import { Probe } from '../repository/probe.ts';
import { ModelRepository } from '../repository/repository.ts';
import type { Scanned } from '../repository/scan.ts';
import { hasCudaProvider } from '../threads/cuda-provider.ts';
import { describedRows } from '../threads/described-rows.ts';
import { toColumns } from '../threads/packed-features.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { Classifier, type EnoseModel, enoseParametersSchema } from './classifier.ts';
import { type EngineOptions, enoseEngine, limitsOf, odourEngine } from './engines.ts';
import { Generator } from './generator.ts';
import { brokenModel, loadProblem, loadSubstances, openModels } from './load.ts';
import { loadDescriptions } from './load-descriptions.ts';
import { ModelCatalogue, type OwnModel } from './model-catalogue.ts';
import { loadOdorantIndex, type OdorantLists } from './odorant-index.ts';
import { Permits } from './permits.ts';
import { type OdourModel, odourParametersSchema, Predictor } from './predictor.ts';
import { TensorCache } from './tensor-cache.ts';

export interface Serving {
  readonly predictor: Predictor;
  readonly generator: Generator;
  readonly classifier: Classifier;
  /** Every model of the repository, as tensors. */
  readonly catalogue: ModelCatalogue;
  readonly repository: ModelRepository;
  readonly pool: ThreadPool;
  /** Molecules in work, over predictions and drawings. */
  readonly permits: Permits;
  /** Answers what is in the queues. */
  close: () => Promise<void>;
}

/** Opens and warms up the models and puts a queue before each. A model that cannot be used keeps no other from it. */
export async function buildServing(options: {
  config: InferenceConfig;
  scanned: Scanned;
  /** Names of DEFAULT_MODELS that concern this server. */
  defaults: readonly string[];
  pool: ThreadPool;
  cache: RowCache;
  metrics: Metrics;
  log: Log;
}): Promise<Serving> {
  const { config, scanned, defaults, pool, cache, metrics, log } = options;
  for (const note of scanned.notes) log.info({ note }, 'model repository');
  const { device, open, broken: unopened } = await openModels(scanned.models, pool);
  if (config.DEVICE === 'auto' && device === 'cpu') {
    if (hasCudaProvider()) {
      log.warn(
        'DEVICE=auto: the CUDA provider is here but cannot be used (no GPU, no driver of NVIDIA, or no CUDA libraries; ONNX Runtime says above which): the models run on the CPU',
      );
    } else log.info('DEVICE=auto found no CUDA provider: the models run on the CPU');
  }
  const engineOptions: EngineOptions = {
    pool,
    metrics,
    maxRows: config.BATCH_SIZE,
    maxQueueCost: config.MAX_QUEUE_COST,
    // One GPU runs one batch; on a CPU every thread is a runner.
    runners: device === 'cuda' ? 1 : config.MAX_WORKERS,
  };
  const lists: OdorantLists = new Map();
  const odour = new Map<string, OdourModel>();
  const enose = new Map<string, EnoseModel>();
  const usable: OwnModel[] = [];
  const broken = [...scanned.broken, ...unopened];
  for (const own of open) {
    const { model } = own;
    try {
      if (model.manifest.task === 'odour-notes')
        odour.set(modelKey(model), await odourModel(model, engineOptions, lists));
      if (model.manifest.task === 'enose-classification')
        enose.set(modelKey(model), await enoseModel(model, engineOptions));
      usable.push(own);
    } catch (error) {
      broken.push(brokenModel(model, [loadProblem(model, error)]));
    }
  }
  for (const { name, version, problems } of broken)
    log.error({ name, version, problems }, 'model cannot be served');
  const repository = new ModelRepository(
    usable.map(({ model }) => model),
    // One that is broken has been told; only a name that nothing has is a mistake of the configuration.
    defaults.filter(
      (name) =>
        usable.some(({ model }) => model.manifest.name === name) ||
        !broken.some((model) => model.name === name),
    ),
  );
  log.info({ device, asked: config.DEVICE, models: repository.all().map(modelKey) }, 'models are open');
  showFigures(repository, metrics);
  const catalogue = new ModelCatalogue({
    ...{
      roots: config.MODEL_PATH,
      selection: config.MODELS,
      control: config.MODEL_CONTROL,
      probe: new Probe(),
      log,
    },
    ...{ pool, metrics, runners: engineOptions.runners },
    cache: new TensorCache(config.TENSOR_CACHE_MB * 1024 * 1024),
  });
  await catalogue.open({ ...scanned, broken }, usable);

  const permits = new Permits(config.MAX_MOLECULES_IN_FLIGHT, 'molecules');
  const generations = new Permits(config.MAX_GENERATIONS, 'generations');
  showCapacity(metrics, [permits, generations]);
  const predictor = new Predictor({
    repository,
    pool,
    runners: config.MAX_WORKERS,
    models: odour,
    permits,
    cache,
  });
  // Models run on the CPU until the CUDA provider is there; a share of no GPU is 0.
  metrics.gauge('olfactory_gpu_utilization_percent').set(0);
  return {
    predictor,
    generator: new Generator({
      repository,
      pool,
      odourModels: odour,
      parameters: new Map(
        repository
          .ofTask('molecule-generation')
          .map((model) => [modelKey(model), generatorParametersSchema.parse(model.manifest.parameters)]),
      ),
      ...(await generation(repository)),
      permits: generations,
    }),
    classifier: new Classifier({ repository, models: enose }),
    catalogue,
    repository,
    pool,
    permits,
    close: async () => {
      await Promise.all([...odour.values(), ...enose.values()].map(({ engine }) => engine.close()));
      await catalogue.close();
    },
  };
}

/** What the process has taken on, and could; scaling out follows it. */
function showCapacity(metrics: Metrics, kinds: readonly Permits[]): void {
  for (const { what, limit } of kinds)
    metrics.gauge('olfactory_capacity_limit').set({ resource: what }, limit);
  metrics.gauge('olfactory_capacity_used', (gauge) => {
    for (const { what, taken } of kinds) gauge.set({ resource: what }, taken);
  });
}

/** What each manifest says was measured: under the model's name for its newest version, `name/version` for the others. */
function showFigures(repository: ModelRepository, metrics: Metrics): void {
  const seen = new Set<string>();
  // Of one name the newest version comes first.
  for (const model of repository.all()) {
    const { name, metrics: figures } = model.manifest;
    const label = seen.has(name) ? modelKey(model) : name;
    seen.add(name);
    // The first figure of a dataset is the one the model is judged by; a gauge has room for one.
    for (const { dataset, value } of figures.toReversed()) {
      metrics.gauge('olfactory_model_accuracy').set({ model: label, dataset }, value);
    }
  }
}

/** What generation reads descriptions with, and leaves out; nothing where no generator is. */
async function generation(
  repository: ModelRepository,
): Promise<{ descriptions: Descriptions | undefined; allergens: readonly string[] }> {
  const generator = repository.defaultOf('molecule-generation');
  const odour = repository.defaultOf('odour-notes');
  if (generator === undefined || odour === undefined) return { descriptions: undefined, allergens: [] };
  return {
    descriptions: await loadDescriptions(generator.manifest.labels),
    allergens: fragranceAllergens(),
  };
}

async function odourModel(
  model: ModelVersion,
  options: EngineOptions,
  lists: OdorantLists,
): Promise<OdourModel> {
  const [index, identity] = await Promise.all([
    loadOdorantIndex(model, options.pool, lists),
    modelIdentity(model),
    warmUp(model, options),
  ]);
  const parameters = odourParametersSchema.parse(model.manifest.parameters);
  return { engine: odourEngine(model, options), identity, parameters, index };
}

/** Runs the largest batch there can be, so that memory which does not suffice is found now and not at peak. */
async function warmUp(model: ModelVersion, { pool, maxRows }: EngineOptions): Promise<void> {
  const limits = limitsOf(model, maxRows);
  const key = modelKey(model);
  const asked = { model: key, smiles: [warmUpMolecule], svg: false, asWritten: false };
  const [described] = describedRows(await pool.run('describe', asked));
  if (described?.kind !== 'ok') throw new Error(`${key} cannot read ${warmUpMolecule}`);
  const { features } = described;
  const row = { cost: features.atomCount, pushedMs: 0, deadlineMs: 0, isCancelled: false };
  const rows = Math.max(1, Math.min(limits.maxRows, Math.floor(limits.maxCost / paddedCost([row]))));
  await pool.run('odour', { model: key, rows: toColumns(Array.from({ length: rows }, () => features)) });
}

/** A C32 chain: 32 atoms, the length at which a batch reaches both its limits. */
const warmUpMolecule = 'C'.repeat(32);

async function enoseModel(model: ModelVersion, options: EngineOptions): Promise<EnoseModel> {
  const parameters = enoseParametersSchema.parse(model.manifest.parameters);
  // A window in which nothing was measured: it has the features' number, which the file must take.
  const silence = new Float32Array(parameters.min_frames * parameters.channels.length).fill(Number.NaN);
  await options.pool.run('enose', {
    model: modelKey(model),
    rows: [enoseFeatures(silence, parameters.min_frames, parameters)],
  });
  return { engine: enoseEngine(model, options), parameters, substances: await loadSubstances(model) };
}
