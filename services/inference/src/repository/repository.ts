import { AppError } from '@sillage/kit/errors';
import type { Task } from './manifest.ts';
import type { ModelVersion } from './model-version.ts';

export interface ModelRequest {
  /** Empty: the default model of the task. */
  readonly name: string;
  /** Empty: the newest. */
  readonly version: string;
}

/** The models of one server, by task, name and version. */
export class ModelRepository {
  readonly #models: readonly ModelVersion[];
  readonly #defaults: readonly string[];

  /** `defaults` names the models that serve requests which name none; elsewhere the first by name does. */
  constructor(models: readonly ModelVersion[], defaults: readonly string[] = []) {
    this.#models = models.toSorted(byNameThenNewest);
    this.#defaults = defaults;
    const unknown = defaults.filter((name) => !models.some((model) => model.manifest.name === name));
    if (unknown.length > 0) {
      const there = [...new Set(this.#models.map((model) => model.manifest.name))].join(', ');
      throw new Error(`DEFAULT_MODELS: no model ${unknown.join(', ')}; there are ${there}`);
    }
  }

  /** All models, by name, newest version first. */
  all(): readonly ModelVersion[] {
    return this.#models;
  }

  ofTask(task: Task): readonly ModelVersion[] {
    return this.#models.filter((model) => model.manifest.task === task);
  }

  /** The model that answers when a request names none. */
  defaultOf(task: Task): ModelVersion | undefined {
    const models = this.ofTask(task);
    return models.find((model) => this.#defaults.includes(model.manifest.name)) ?? models[0];
  }

  /** @throws AppError not_found that names what there is. */
  resolve(task: Task, { name, version }: ModelRequest): ModelVersion {
    const models = this.ofTask(task);
    const wanted = name === '' ? this.defaultOf(task)?.manifest.name : name;
    const named = models.filter((model) => model.manifest.name === wanted);
    if (named.length === 0) {
      const names = [...new Set(models.map((model) => model.manifest.name))];
      const there = names.length > 0 ? `there are: ${names.join(', ')}` : 'this server has none';
      const asked = wanted === undefined ? 'no model' : `no model ${wanted}`;
      throw new AppError('not_found', `${asked} for ${task}; ${there}`, {
        errors: [{ pointer: '/model/name', detail: there }],
        extra: { models: names },
      });
    }
    const found = version === '' ? named[0] : named.find((model) => model.manifest.version === version);
    if (found) return found;
    const versions = named.map((model) => model.manifest.version);
    const there = `there are: ${versions.join(', ')}`;
    throw new AppError('not_found', `no version ${version} of model ${wanted}; ${there}`, {
      errors: [{ pointer: '/model/version', detail: there }],
      extra: { versions },
    });
  }
}

function byNameThenNewest(a: ModelVersion, b: ModelVersion): number {
  if (a.manifest.name !== b.manifest.name) return a.manifest.name < b.manifest.name ? -1 : 1;
  return Number(b.manifest.version) - Number(a.manifest.version);
}
