import {
  type InferenceServiceDefinition,
  type ModelField,
  type ModelRefJson,
  requestedModel,
} from '@sillage/contracts';
import { AppError, type GrpcClient, type Log, reasonOf } from '@sillage/kit';

const task = 'odour-notes';
const refreshMs = 10_000;

/** Which model answers predictions at the moment: asked of inference, and corrected by each of its answers. */
export class ModelDirectory {
  readonly #inference: GrpcClient<InferenceServiceDefinition>;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #current: ModelRefJson | undefined;
  /** Newest version of each model for odour notes, by name. */
  #newest = new Map<string, string>();

  constructor(options: { inference: GrpcClient<InferenceServiceDefinition>; log: Log }) {
    this.#inference = options.inference;
    this.#log = options.log;
    this.#timer = setInterval(() => {
      this.#refresh().catch((error: unknown) => {
        this.#log.debug({ reason: reasonOf(error) }, 'models not listed');
      });
    }, refreshMs);
    this.#timer.unref();
  }

  /** The last one known; undefined before the first answer. */
  get known(): ModelRefJson | undefined {
    return this.#current;
  }

  /** Rejects as `unavailable` while inference is away and none is known. */
  async current(): Promise<ModelRefJson> {
    return this.#current ?? this.#refresh();
  }

  /** What a request means by its `model`, as far as it is known here: without a version where no version is known. */
  named(field: ModelField): ModelRefJson {
    const { name, version } = requestedModel(field);
    return { name, version: version || (this.#newest.get(name) ?? '') };
  }

  saw(model: ModelRefJson): void {
    const known = this.#current;
    if (known?.name !== model.name || known.version !== model.version) this.#current = model;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #refresh(): Promise<ModelRefJson> {
    const { models } = await this.#inference.unary('ListModels', {}, { timeoutMs: 5000 });
    const ofTask = models.filter((model) => model.task === task);
    const newest = new Map<string, string>();
    for (const { ref } of ofTask) if (ref && !newest.has(ref.name)) newest.set(ref.name, ref.version);
    this.#newest = newest;
    const ref = (ofTask.find((model) => model.isDefault) ?? ofTask[0])?.ref;
    if (!ref) {
      throw new AppError('unavailable', 'no model for odour notes is loaded at the moment', {
        retryAfterS: 5,
      });
    }
    this.saw({ name: ref.name, version: ref.version });
    return { name: ref.name, version: ref.version };
  }
}

/** An error of inference about the model, with the pointer that the request's own form of `model` has. */
export function modelError(error: unknown, field: ModelField | undefined): unknown {
  if (typeof field !== 'string' || !(error instanceof AppError) || error.code !== 'not_found') return error;
  const errors = error.errors.map(({ pointer, detail }) => ({
    pointer: pointer.startsWith('/model/') ? '/model' : pointer,
    detail,
  }));
  return new AppError(error.code, error.message, { errors, extra: error.extra, cause: error });
}
