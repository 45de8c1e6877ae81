import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest, type RepositoryProblem } from './manifest.ts';
import { type ModelVersion, manifestPath, RepositoryError } from './model-version.ts';
import { emptyTensorManifest, type TensorManifest, type TensorModel } from './tensor-manifest.ts';

/** A model that cannot be served, and why. */
export interface BrokenModel {
  readonly name: string;
  /** Empty where no version could be told. */
  readonly version: string;
  readonly problems: readonly RepositoryProblem[];
}

/** What lies in the model repository. */
export interface Scanned {
  /** Models of the fleet's own tasks. */
  readonly models: readonly ModelVersion[];
  /** Any other ONNX file. */
  readonly tensorModels: readonly TensorModel[];
  readonly broken: readonly BrokenModel[];
  /** What was passed over, for the log. */
  readonly notes: readonly string[];
}

const modelName = /^[A-Za-z0-9][\w.-]{0,99}$/;
const versionName = /^[1-9]\d{0,8}$/;

/**
 * Reads every model of these folders: FOLDER/<name>/<version>/manifest.yaml for the fleet's own tasks,
 * FOLDER/<name>[/<version>]/model.onnx for any other, with or without a manifest. One broken model does not keep the
 * others from being found. @throws RepositoryError when a folder cannot be read, or there is no model at all.
 */
export async function scanRepository(roots: readonly string[]): Promise<Scanned> {
  const parts: Scanned[] = [];
  const seen = new Map<string, string>();
  for (const root of roots) {
    const names = await foldersIn(root).catch((error: NodeJS.ErrnoException) => {
      const detail = `cannot be read (${error.code ?? error.message}); set it to the folder that holds the models`;
      throw new RepositoryError([{ file: root, field: 'MODEL_PATH', detail }]);
    });
    for (const name of names) {
      const first = seen.get(name);
      if (first === undefined) parts.push(await scanModel(root, name));
      else
        parts.push({
          ...nothing,
          notes: [`${join(root, name)} is passed over: ${first} has a model of that name`],
        });
      seen.set(name, first ?? root);
    }
  }
  const found = merge(parts);
  if (found.models.length + found.tensorModels.length + found.broken.length === 0) {
    const file = roots.join(', ');
    const detail = 'holds no <name>/<version>/manifest.yaml and no <name>/model.onnx';
    throw new RepositoryError([{ file, field: 'MODEL_PATH', detail }]);
  }
  return found;
}

/** What lies in the folder of one model, in the first root that has it; undefined where none has. */
export async function rescanModel(roots: readonly string[], name: string): Promise<Scanned | undefined> {
  if (!modelName.test(name)) return undefined;
  for (const root of roots) {
    if ((await kindOf(join(root, name))) === 'folder') return scanModel(root, name);
  }
  return undefined;
}

const nothing: Scanned = { models: [], tensorModels: [], broken: [], notes: [] };

function merge(parts: readonly Scanned[]): Scanned {
  return {
    models: parts.flatMap((part) => part.models),
    tensorModels: parts.flatMap((part) => part.tensorModels),
    broken: parts.flatMap((part) => part.broken),
    notes: parts.flatMap((part) => part.notes),
  };
}

async function scanModel(root: string, name: string): Promise<Scanned> {
  const folder = join(root, name);
  const bad = (detail: string, field = '(folder)'): Scanned => ({
    ...nothing,
    broken: [{ name, version: '', problems: [{ file: folder, field, detail }] }],
  });
  if (!modelName.test(name)) return bad('its name must be letters, digits, _, - and ., at most 100 of them');
  if (name === 'stats') return bad('stats is a word of the protocol’s paths; give the folder another name');

  const common = await readManifest(folder);
  if (common?.kind === 'bad')
    return { ...nothing, broken: [{ name, version: '', problems: common.problems }] };
  if (common?.kind === 'ok')
    return bad(`belongs into a folder of its version, ${name}/<version>/`, 'manifest.yaml');
  const manifest = common?.manifest ?? emptyTensorManifest;
  const parts: Scanned[] = [];
  if ((await kindOf(join(folder, 'config.pbtxt'))) === 'file') {
    parts.push({
      ...nothing,
      notes: [`${join(folder, 'config.pbtxt')} is not read: a manifest.yaml says what it said`],
    });
  }
  if ((await kindOf(join(folder, manifest.files.model))) === 'file') {
    parts.push(await tensorModel(folder, name, manifest.version ?? '1', manifest));
  }
  for (const version of await foldersIn(folder)) {
    parts.push(await scanVersion(join(folder, version), name, version, manifest));
  }
  const found = merge(parts);
  const count = found.models.length + found.tensorModels.length + found.broken.length;
  return count > 0
    ? found
    : bad(`holds neither ${manifest.files.model} nor <version>/${manifest.files.model}`);
}

async function scanVersion(
  folder: string,
  name: string,
  version: string,
  common: TensorManifest,
): Promise<Scanned> {
  const file = manifestPath(folder);
  const read = await readManifest(folder);
  const isVersion = versionName.test(version);
  if (read === undefined && !isVersion) return nothing;
  const broken = (problems: readonly RepositoryProblem[]): Scanned => ({
    ...nothing,
    broken: [{ name, version: isVersion ? version : '', problems }],
  });
  if (read?.kind === 'bad') return broken(read.problems);
  if (read?.kind !== 'ok') return tensorModel(folder, name, version, read?.manifest ?? common);
  const { manifest } = read;
  const problems = nameProblems(file, manifest, name, version);
  for (const [role, fileName] of Object.entries(manifest.files)) {
    if ((await kindOf(join(folder, fileName))) !== 'file') {
      problems.push({ file, field: `files.${role}`, detail: `${fileName} is not in the folder` });
    }
  }
  return problems.length > 0 ? broken(problems) : { ...nothing, models: [{ manifest, folder }] };
}

async function tensorModel(
  folder: string,
  name: string,
  version: string,
  manifest: TensorManifest,
): Promise<Scanned> {
  const problems = nameProblems(manifestPath(folder), { ...manifest, version: undefined }, name, version);
  const file = join(folder, manifest.files.model);
  if ((await kindOf(file)) !== 'file') {
    problems.push({
      file: folder,
      field: 'files.model',
      detail: `${manifest.files.model} is not in the folder`,
    });
  }
  return problems.length > 0
    ? { ...nothing, broken: [{ name, version, problems }] }
    : { ...nothing, tensorModels: [{ name, version, file, manifest }] };
}

function nameProblems(
  file: string,
  manifest: { readonly name?: string | undefined; readonly version?: string | undefined },
  name: string,
  version: string,
): RepositoryProblem[] {
  const problems: RepositoryProblem[] = [];
  if ((manifest.name ?? name) !== name) {
    problems.push({ file, field: 'name', detail: `must be ${name}, the name of its folder` });
  }
  if ((manifest.version ?? version) !== version) {
    problems.push({ file, field: 'version', detail: `must be "${version}", the name of its folder` });
  }
  return problems;
}

async function readManifest(folder: string) {
  const file = manifestPath(folder);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text === 'string') return parseManifest(text, file);
  if (text.code === 'ENOENT') return undefined;
  const problems = [{ file, field: '(file)', detail: `cannot be read (${text.code ?? text.message})` }];
  return { kind: 'bad' as const, problems };
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : undefined;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(({ name }) => !name.startsWith('.')).map(({ name }) => name);
  // A link to a folder is one: models are often mounted or linked into place.
  const kinds = await Promise.all(names.map((name) => kindOf(join(folder, name))));
  return names.filter((_, index) => kinds[index] === 'folder').sort();
}
