import { type GenerateResponse, inferenceService, openInferenceService } from '@sillage/contracts';
import { AppError, alsoServes, createLog, Health, Metrics, startGrpcServer } from '@sillage/kit';

export interface PoolModel {
  readonly name: string;
  readonly version: string;
  readonly task: 'odour-notes' | 'molecule-generation' | 'enose-classification' | 'tensors';
  readonly isDefault?: boolean;
}

/** A pool of one pod that knows its models and answers with the one that it used. */
export interface ScriptedPool {
  readonly target: string;
  /** Changed while it runs: what it serves. */
  models: readonly PoolModel[];
  /** Calls that reached a handler, by method. */
  readonly calls: Map<string, number>;
  /** Takes the pool away; calls in hand are cut. */
  halt: () => Promise<void>;
  /** Brings it back on the same port. */
  resume: () => Promise<void>;
}

export async function startScriptedPool(models: readonly PoolModel[]): Promise<ScriptedPool> {
  const { log } = await createLog({ service: 'scripted-pool', level: 'silent' });
  const calls = new Map<string, number>();
  const refuse = () => Promise.reject(new AppError('internal', 'not part of this script'));
  const used = (method: string, task: PoolModel['task'], name: string, version: string) => {
    calls.set(method, (calls.get(method) ?? 0) + 1);
    const ofTask = pool.models.filter((model) => model.task === task);
    const wanted = name === '' ? ofTask.find(({ isDefault }) => isDefault)?.name : name;
    const model = ofTask.find((one) => one.name === wanted && (version === '' || one.version === version));
    if (!model) throw new AppError('not_found', `this pool has no ${wanted} ${version}`);
    return { name: model.name, version: model.version };
  };
  const start = (port: number) =>
    startGrpcServer<typeof inferenceService>({
      definition: inferenceService,
      ...{ host: '127.0.0.1', port, log, metrics: new Metrics('scripted-pool'), health: new Health() },
      handlers: {
        Predict: async ({ smiles, model }) => ({
          model: used('Predict', 'odour-notes', model?.name ?? '', model?.version ?? ''),
          rows: smiles.map((one) => ({
            prediction: { smiles: one, notes: ['vanilla'], probabilities: [0.9] },
          })),
        }),
        Generate: async function* ({ worker }): AsyncGenerator<GenerateResponse> {
          const name = worker === '' ? '' : `generator-${worker}`;
          const model = used('Generate', 'molecule-generation', name, '');
          yield { started: { model, worker, understood: {} } };
          yield { finished: {} };
        },
        DrawMolblocks: async ({ smiles }) => {
          calls.set('DrawMolblocks', (calls.get('DrawMolblocks') ?? 0) + 1);
          return { molblocks: smiles };
        },
        ListModels: async () => ({
          models: pool.models
            .filter(({ task }) => task !== 'tensors')
            .map(({ name, version, task, isDefault = false }) => ({
              ref: { name, version },
              task,
              isDefault,
            })),
        }),
        ...{ PredictMixture: refuse, Classify: refuse, FindSimilar: refuse, ReadMap: refuse },
        ...{ DescribeMolecules: refuse, Evaluate: refuse },
      },
      also: [
        alsoServes<typeof openInferenceService>(openInferenceService, {
          ServerLive: async () => ({ live: true }),
          ServerReady: async () => ({ ready: true }),
          ModelReady: async ({ name }) => ({ ready: pool.models.some((model) => model.name === name) }),
          ModelInfer: async ({ modelName, modelVersion }) => {
            const model = used('ModelInfer', 'tensors', modelName, modelVersion);
            return { modelName: model.name, modelVersion: model.version, outputs: [] };
          },
          RepositoryIndex: async () => ({
            models: pool.models.map(({ name, version }) => ({ name, version, state: 'READY', reason: '' })),
          }),
          RepositoryModelLoad: async ({ modelName }) => {
            calls.set(`load ${modelName}`, (calls.get(`load ${modelName}`) ?? 0) + 1);
            return {};
          },
          ...{ ServerMetadata: refuse, ModelStreamInfer: refuse, ModelMetadata: refuse, ModelConfig: refuse },
          ...{ ModelStatistics: refuse, RepositoryModelUnload: refuse },
        }),
      ],
    });
  let server = await start(0);
  const { port } = server;
  const pool: ScriptedPool = {
    target: `127.0.0.1:${port}`,
    models,
    calls,
    halt: () => server.stop(0),
    resume: async () => {
      server = await start(port);
    },
  };
  return pool;
}
