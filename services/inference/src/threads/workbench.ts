import { readFileSync } from 'node:fs';
import { Chem, FragmentScores, loadOdourFeatures, type OdourFeaturiser, SafetyScreen } from '@sillage/chem';
import { AppError, reasonOf } from '@sillage/kit/errors';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { isCountsOnly, type ModelVersion, modelFile, modelKey } from '../repository/model-version.ts';
import { hasCudaProvider } from './cuda-provider.ts';
import type { Device, ThreadSetup } from './protocol.ts';

export interface OpenModel {
  readonly version: ModelVersion;
  readonly session: InferenceSession;
  readonly device: Exclude<Device, 'auto'>;
}

type Ort = typeof import('onnxruntime-node');

/** The tools of one thread, each opened when it is first needed. */
export class Workbench {
  readonly #setup: ThreadSetup;
  readonly #models: ReadonlyMap<string, ModelVersion>;
  readonly #open = new Map<string, Promise<OpenModel>>();
  readonly #featurisers = new Map<string, OdourFeaturiser>();
  #chem: Chem;
  #screen: SafetyScreen | undefined;
  #scores: FragmentScores | undefined;
  #ort: Promise<Ort> | undefined;

  private constructor(setup: ThreadSetup, chem: Chem) {
    this.#setup = setup;
    this.#chem = chem;
    this.#models = new Map(setup.models.map((model) => [modelKey(model), model]));
  }

  static async open(setup: ThreadSetup): Promise<Workbench> {
    return new Workbench(setup, await Chem.load());
  }

  get chem(): Chem {
    return this.#chem;
  }

  get screen(): SafetyScreen {
    this.#screen ??= new SafetyScreen(this.#chem);
    return this.#screen;
  }

  get scores(): FragmentScores {
    this.#scores ??= new FragmentScores(this.#setup.fragmentScores);
    return this.#scores;
  }

  /** After a crash of RDKit: a new instance takes the place of the broken one, whose memory is dropped whole. */
  async mendChem(): Promise<void> {
    if (!this.#chem.isBroken) return;
    this.#chem = await Chem.load();
    this.#screen = undefined;
  }

  featuriser(key: string): OdourFeaturiser {
    let featuriser = this.#featurisers.get(key);
    if (featuriser === undefined) {
      const version = this.version(key);
      const json: unknown = JSON.parse(readFileSync(modelFile(version, 'features'), 'utf8'));
      featuriser = loadOdourFeatures(json, { countsOnly: isCountsOnly(version) });
      this.#featurisers.set(key, featuriser);
    }
    return featuriser;
  }

  version(key: string): ModelVersion {
    const version = this.#models.get(key);
    if (version === undefined) throw new Error(`no model ${key} in this server`);
    return version;
  }

  model(key: string): Promise<OpenModel> {
    let open = this.#open.get(key);
    if (open === undefined) {
      open = this.#openModel(this.version(key));
      this.#open.set(key, open);
    }
    return open;
  }

  async tensor(type: 'float32' | 'int32' | 'uint8', data: Tensor.DataType, dims: number[]): Promise<Tensor> {
    const { Tensor } = await this.ort();
    return new Tensor(type, data as Float32Array, dims);
  }

  ort(): Promise<Ort> {
    this.#ort ??= import('onnxruntime-node');
    return this.#ort;
  }

  async #openModel(version: ModelVersion): Promise<OpenModel> {
    return { version, ...(await this.openFile(modelFile(version, 'model'))) };
  }

  /** Opens an ONNX file on a device; on the server's where none is given. */
  async openFile(file: string, on?: Device): Promise<Omit<OpenModel, 'version'>> {
    const ort = await this.ort();
    const { intraOpThreads } = this.#setup;
    const device = on ?? this.#setup.device;
    const open = (provider: 'cpu' | 'cuda') =>
      ort.InferenceSession.create(file, {
        executionProviders: [provider],
        intraOpNumThreads: intraOpThreads,
        interOpNumThreads: 1,
        // The arena keeps the memory of the largest batch for good and makes none of our models faster.
        enableCpuMemArena: false,
        logSeverityLevel: 4,
      });
    const isThere = device !== 'cpu' && hasCudaProvider();
    if (device === 'cuda' && !isThere) throw noCuda('its library is not beside onnxruntime-node');
    if (isThere) {
      try {
        return { session: await open('cuda'), device: 'cuda' };
      } catch (error) {
        if (device === 'cuda') throw noCuda(reasonOf(error));
      }
    }
    return { session: await open('cpu'), device: 'cpu' };
  }
}

function noCuda(reason: string): AppError {
  return new AppError(
    'unavailable',
    `DEVICE=cuda, but the CUDA provider of ONNX Runtime cannot be used: ${reason}. ` +
      'Install the provider, an NVIDIA driver, CUDA and cuDNN, or set DEVICE=cpu or DEVICE=auto',
  );
}
