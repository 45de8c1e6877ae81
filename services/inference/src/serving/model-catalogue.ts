import { basename, dirname } from 'node:path';
import type { Log } from '@sillage/kit';
import { AppError, reasonOf, toAppError } from '@sillage/kit/errors';
import { isDatatype } from '@sillage/tensors';
import type { RepositoryProblem, Signature } from '../repository/manifest.ts';
import { type ModelVersion, modelFile, modelKey } from '../repository/model-version.ts';
import type { Probe } from '../repository/probe.ts';
import { type BrokenModel, rescanModel, type Scanned } from '../repository/scan.ts';
import { isSelected, onlySelected, type Selection } from '../repository/selection.ts';
import type { TensorModel } from '../repository/tensor-manifest.ts';
import { ServedModel, type ServedModelParts } from './served-model.ts';

export type ModelState = 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING';

/** One version in the catalogue. */
export interface CatalogueEntry {
  readonly name: string;
  /** Empty where no version could be told. */
  readonly version: string;
  readonly state: ModelState;
  /** Why it is not READY. */
  readonly reason: string;
  readonly served: ServedModel | undefined;
}

/** A model of the fleet's own tasks that is open, with what its file declares. */
export interface OwnModel {
  readonly model: ModelVersion;
  readonly signature: Signature;
}

export interface ModelCatalogueOptions extends ServedModelParts {
  readonly roots: readonly string[];
  /** Models that may be loaded; none: all. */
  readonly selection: Selection;
  readonly probe: Probe;
  /** explicit: models are loaded and unloaded when asked for. */
  readonly control: 'none' | 'explicit';
  readonly log: Log;
}

/** Elements of the inputs of one of our own models: four molecules of 1,000 atoms. Attention costs their square. */
const maxOwnElements = 2 ** 22;

/** Every model of the repository as tensors, also those that cannot be served, with the reason. */
export class ModelCatalogue {
  readonly #options: ModelCatalogueOptions;
  /** By name, then version. */
  readonly #entries = new Map<string, Map<string, CatalogueEntry>>();
  /** The change of a model that is under way; the next one waits for it. */
  readonly #changes = new Map<string, Promise<unknown>>();
  #generation = 0;

  constructor(options: ModelCatalogueOptions) {
    this.#options = options;
  }

  /** Every version, by name, newest first. */
  entries(): CatalogueEntry[] {
    return [...this.#entries.keys()].sort().flatMap((name) => this.#versions(name));
  }

  /** The model that answers. @throws AppError not_found, or unavailable with the reason. */
  resolve(name: string, version: string): ServedModel {
    const entry = this.find(name, version);
    if (entry.served && entry.state === 'READY') return entry.served;
    throw new AppError(
      'unavailable',
      `model ${label(entry)} is not available: ${entry.reason || entry.state}`,
      {
        retryAfterS: 30,
      },
    );
  }

  /** The version asked for; without one the newest that is READY, or else the newest. @throws AppError not_found. */
  find(name: string, version: string): CatalogueEntry {
    const versions = this.#versions(name);
    const found =
      version === ''
        ? (versions.find(({ state }) => state === 'READY') ?? versions[0])
        : versions.find((entry) => entry.version === version);
    if (found) return found;
    const there = versions.map((entry) => entry.version).filter(Boolean);
    const detail =
      versions.length === 0
        ? `there is no model ${JSON.stringify(name)}; /v2/repository/index lists those there are`
        : `there is no version ${JSON.stringify(version)} of model ${name}; there are: ${there.join(', ')}`;
    throw new AppError('not_found', detail);
  }

  /** Versions of a model that are READY, newest first. */
  readyVersions(name: string): string[] {
    return this.#versions(name)
      .filter(({ state }) => state === 'READY')
      .map(({ version }) => version);
  }

  /** Takes in what was found at start. Own models are open already. */
  async open(found: Scanned, own: readonly OwnModel[]): Promise<void> {
    for (const one of own) this.#put(this.#ownEntry(one));
    for (const broken of found.broken) this.#put(brokenEntry(broken));
    for (const model of found.tensorModels) {
      const entry = await this.#openTensors(model);
      this.#put(entry);
      this.#options.log[entry.state === 'READY' ? 'info' : 'error'](
        { model: label(entry), reason: entry.reason || undefined },
        entry.state === 'READY' ? 'model is open' : 'model cannot be served',
      );
    }
    this.#options.probe.close();
  }

  /**
   * Reads the folder of a model again and serves what is in it; a version that cannot be loaded leaves the one that
   * was served before in its place. @throws AppError not_found, forbidden, conflict, invalid_input with the reason.
   */
  load(name: string): Promise<void> {
    this.#mayChange();
    return this.#alone(name, async () => {
      const { roots, selection } = this.#options;
      if (!isSelected(selection, name, '')) {
        throw new AppError('not_found', `${name} is not among the models of this server (MODELS)`);
      }
      const lying = await rescanModel(roots, name);
      const found = lying && onlySelected(lying, selection);
      if (!found)
        throw new AppError('not_found', `there is no folder ${JSON.stringify(name)} in the model repository`);
      if (found.models.length > 0) throw ownModel(name);
      const failed: CatalogueEntry[] = found.broken.map(brokenEntry);
      const versions = new Set(failed.map(({ version }) => version));
      for (const model of found.tensorModels) {
        versions.add(model.version);
        const before = this.#entries.get(name)?.get(model.version);
        if (!before?.served) this.#put({ ...closed(model), state: 'LOADING' });
        const entry = await this.#openTensors(model);
        if (entry.state === 'READY') this.#put(entry);
        else failed.push(entry);
        if (entry.state === 'READY') await before?.served?.close();
      }
      this.#options.probe.close();
      for (const entry of failed) if (!this.#entries.get(name)?.get(entry.version)?.served) this.#put(entry);
      for (const entry of this.#versions(name)) if (!versions.has(entry.version)) await this.#remove(entry);
      const [first] = failed;
      if (first)
        throw new AppError('invalid_input', `model ${label(first)} cannot be loaded: ${first.reason}`);
    });
  }

  /** Takes every version of a model out of service. @throws AppError not_found, forbidden, conflict. */
  unload(name: string): Promise<void> {
    this.#mayChange();
    return this.#alone(name, async () => {
      const versions = this.#versions(name);
      if (versions.length === 0) this.find(name, '');
      if (versions.some(({ served }) => served?.facts.session.file === undefined && served))
        throw ownModel(name);
      for (const entry of versions) {
        this.#put({ ...entry, state: 'UNLOADING', reason: 'it is being unloaded' });
        await entry.served?.close();
        this.#put({ ...closed(entry), reason: 'unloaded' });
      }
    });
  }

  async close(): Promise<void> {
    this.#options.probe.close();
    await Promise.all(this.entries().map(({ served }) => served?.close()));
  }

  #versions(name: string): CatalogueEntry[] {
    const versions = [...(this.#entries.get(name)?.values() ?? [])];
    return versions.sort((a, b) => Number(b.version) - Number(a.version));
  }

  #put(entry: CatalogueEntry): void {
    const versions = this.#entries.get(entry.name) ?? new Map<string, CatalogueEntry>();
    // A version that is there says more than a folder in which none was found.
    if (entry.version !== '') versions.delete('');
    this.#entries.set(entry.name, versions.set(entry.version, entry));
  }

  async #remove(entry: CatalogueEntry): Promise<void> {
    this.#entries.get(entry.name)?.delete(entry.version);
    await entry.served?.close();
  }

  #ownEntry({ model, signature }: OwnModel): CatalogueEntry {
    const { name, version, labels } = model.manifest;
    const served = new ServedModel(
      {
        name,
        version,
        session: { key: modelKey(model), generation: 0, file: undefined },
        signature,
        maxRows: undefined,
        labels,
        isCached: false,
        refusesNaN: false,
        maxElements: maxOwnElements,
        fileName: basename(modelFile(model, 'model')),
      },
      this.#options,
    );
    return { name, version, state: 'READY', reason: '', served };
  }

  async #openTensors(model: TensorModel): Promise<CatalogueEntry> {
    const { name, version, file, manifest } = model;
    this.#generation += 1;
    const session = {
      key: `${name}/${version}`,
      generation: this.#generation,
      file,
      device: manifest.device,
    };
    try {
      const signature = await this.#options.probe.signature(file);
      const problem = signatureProblem(signature, manifest.batching !== undefined);
      if (problem) return { ...closed(model), reason: problem };
      await this.#options.pool.run('open-tensors', session);
      const served = new ServedModel(
        {
          name,
          version,
          session,
          signature,
          maxRows: manifest.batching?.maxRows,
          labels: manifest.labels,
          isCached: manifest.cache,
          refusesNaN: manifest.nan === 'refuse',
          maxElements: Number.MAX_SAFE_INTEGER,
          fileName: basename(file),
        },
        this.#options,
      );
      return { name, version, state: 'READY', reason: '', served };
    } catch (error) {
      // The repository's place on this machine is nobody's business.
      const reason = toAppError(error)
        .message.replaceAll(dirname(file), '')
        .replaceAll(`/${basename(file)}`, basename(file));
      return { ...closed(model), reason };
    }
  }

  #mayChange(): void {
    if (this.#options.control === 'explicit') return;
    throw new AppError(
      'forbidden',
      'models are not loaded and unloaded on this server; where MODEL_CONTROL is explicit they are',
    );
  }

  /** One change of a model at a time. */
  async #alone(name: string, change: () => Promise<void>): Promise<void> {
    const before = this.#changes.get(name) ?? Promise.resolve();
    const done = before.then(change, change);
    const settled = done.catch((error: unknown) =>
      this.#options.log.info({ model: name, reason: reasonOf(error) }, 'model not changed'),
    );
    this.#changes.set(name, settled);
    await done.finally(() => {
      if (this.#changes.get(name) === settled) this.#changes.delete(name);
    });
  }
}

function closed({ name, version }: { readonly name: string; readonly version: string }): CatalogueEntry {
  return { name, version, state: 'UNAVAILABLE', reason: '', served: undefined };
}

function brokenEntry(model: BrokenModel): CatalogueEntry {
  return { ...closed(model), reason: model.problems.map(problemText).join('; ') };
}

/** Without the folder: where the repository lies is nobody's business. */
function problemText({ file, field, detail }: RepositoryProblem): string {
  return `${basename(file)} ${field}: ${detail}`;
}

function label({ name, version }: { readonly name: string; readonly version: string }): string {
  return version === '' ? name : `${name} version ${version}`;
}

function ownModel(name: string): AppError {
  return new AppError('conflict', `${name} answers this API's own questions; it is loaded with the server`);
}

/** Why a file cannot be served as tensors, as its manifest wants it; undefined: it can. */
function signatureProblem({ inputs, outputs }: Signature, isBatched: boolean): string | undefined {
  const odd = inputs.find(({ datatype }) => !isDatatype(datatype));
  if (odd) return `input ${odd.name} is ${odd.datatype}, which cannot be sent`;
  const sendable = outputs.filter(({ datatype }) => isDatatype(datatype));
  if (sendable.length === 0) return 'no output is a tensor that can be sent';
  const fixed = isBatched ? [...inputs, ...sendable].find(({ shape }) => shape[0] !== -1) : undefined;
  return (
    fixed &&
    `batching: ${fixed.name} has the shape [${fixed.shape.join(', ')}]; its first dimension must be of any size`
  );
}
