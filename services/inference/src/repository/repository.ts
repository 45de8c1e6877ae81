import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sillage/kit/errors';
import { parseManifest, type RepositoryProblem, type Task } from './manifest.ts';
import { type ModelVersion, manifestPath, RepositoryError } from './model-version.ts';

/**
 * Reads MODEL_PATH/<name>/<version>/manifest.yaml of every model.
 * @throws RepositoryError with every problem of every manifest.
 */
export async function scanRepository(root: string): Promise<ModelVersion[]> {
  const names = await foldersIn(root).catch((error: NodeJS.ErrnoException) => {
    const detail = `cannot be read (${error.code ?? error.message}); set it to the folder that holds the models`;
    throw new RepositoryError([{ file: root, field: 'MODEL_PATH', detail }]);
  });
  const models: ModelVersion[] = [];
  const problems: RepositoryProblem[] = [];
  for (const name of names) {
    for (const version of await foldersIn(join(root, name))) {
      const folder = join(root, name, version);
      const found = await readModel(folder, name, version);
      if (found.kind === 'ok') models.push(found.model);
      else problems.push(...found.problems);
    }
  }
  if (problems.length === 0 && models.length === 0) {
    problems.push({ file: root, field: 'MODEL_PATH', detail: 'holds no <name>/<version>/manifest.yaml' });
  }
  if (problems.length > 0) throw new RepositoryError(problems);
  return models;
}

type ReadModel =
  | { readonly kind: 'ok'; readonly model: ModelVersion }
  | { readonly kind: 'bad'; readonly problems: readonly RepositoryProblem[] };

async function readModel(folder: string, name: string, version: string): Promise<ReadModel> {
  const file = manifestPath(folder);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return { kind: 'bad', problems: [{ file, field: '(file)', detail: 'cannot be read' }] };
  }
  const parsed = parseManifest(text, file);
  if (parsed.kind === 'bad') return parsed;
  const { manifest } = parsed;
  const problems: RepositoryProblem[] = [];
  if (manifest.name !== name) {
    problems.push({ file, field: 'name', detail: `must be ${name}, the name of its folder` });
  }
  if (manifest.version !== version) {
    problems.push({ file, field: 'version', detail: `must be "${version}", the name of its folder` });
  }
  for (const [role, fileName] of Object.entries(manifest.files)) {
    const found = await stat(join(folder, fileName)).catch(() => undefined);
    if (!found?.isFile()) {
      problems.push({ file, field: `files.${role}`, detail: `${fileName} is not in the folder` });
    }
  }
  return problems.length > 0 ? { kind: 'bad', problems } : { kind: 'ok', model: { manifest, folder } };
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

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
