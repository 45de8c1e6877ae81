import type { components } from './generated/api.ts';
import { apiVersion } from './generated/api.ts';
import { type CallSettings, Transport } from './http/transport.ts';
import type { AnswerOf, CallParts, Method, Path } from './http/typed.ts';
import type { CallOptions, SillageOptions } from './options.ts';
import { Account } from './resources/account.ts';
import { Admin } from './resources/admin.ts';
import { Credentials } from './resources/credentials.ts';
import {
  type GenerateEvent,
  type GenerateRequest,
  type GenerateResponse,
  generate,
  generateEvents,
} from './resources/generate.ts';
import { Jobs } from './resources/jobs.ts';
import {
  type PredictManyOptions,
  type PredictQuestion,
  type PredictRequest,
  type PredictResponse,
  type PredictRow,
  predict,
  predictMany,
} from './resources/predict.ts';
import { Research } from './resources/research.ts';
import { Sensors } from './resources/sensors.ts';
import { Webhooks } from './resources/webhooks.ts';

/** The Sillage API. Everything it has is reached from here; `call` is for routes that have no method. */
export class Sillage {
  /** Version of the API that this client was made for. */
  static readonly apiVersion = apiVersion;

  readonly jobs: Jobs;
  readonly sensors: Sensors;
  readonly research: Research;
  readonly keys: Credentials;
  readonly oauthClients: Credentials;
  readonly webhooks: Webhooks;
  readonly account: Account;
  readonly admin: Admin;
  readonly #transport: Transport;

  constructor(options: SillageOptions = {}) {
    const transport = new Transport(options);
    this.#transport = transport;
    this.jobs = new Jobs(transport);
    this.sensors = new Sensors(transport);
    this.research = new Research(transport);
    this.keys = new Credentials(transport, '/api/v1/keys');
    this.oauthClients = new Credentials(transport, '/api/v1/oauth/clients');
    this.webhooks = new Webhooks(transport);
    this.account = new Account(transport);
    this.admin = new Admin(transport);
  }

  get baseUrl(): string {
    return this.#transport.baseUrl;
  }

  /**
   * What does this molecule smell of? One SMILES, which alone is refused where it cannot be read, or a list of any
   * length, of which a bad molecule fails its own row. Longer lists go out as several requests, four at a time.
   */
  predict(request: PredictRequest, options: PredictManyOptions = {}): Promise<PredictResponse> {
    return predict(this.#transport, request, options);
  }

  /** The same for any number of molecules, such as the lines of a file: rows in their order, as they come. */
  predictMany(
    smiles: Iterable<string> | AsyncIterable<string>,
    question: PredictQuestion = {},
    options: PredictManyOptions = {},
  ): AsyncGenerator<PredictRow, void, undefined> {
    return predictMany(this.#transport, smiles, question, options);
  }

  /** Which molecule would smell of this? */
  generate(request: GenerateRequest, options: CallOptions = {}): Promise<GenerateResponse> {
    return generate(this.#transport, request, options);
  }

  /** The same, told while it is made: started, progress, molecule or candidates, finished. */
  generateEvents(
    request: GenerateRequest,
    options: CallOptions = {},
  ): AsyncGenerator<GenerateEvent, void, undefined> {
    return generateEvents(this.#transport, request, options);
  }

  /** Models that are loaded and that the credential may use. */
  async models(options: CallOptions = {}): Promise<readonly components['schemas']['Model'][]> {
    return (await this.#transport.call('get', '/api/v1/models', {}, { options })).models;
  }

  /** Version of the API that the server speaks. Another major one than `Sillage.apiVersion` is another API. */
  async serverVersion(options: CallOptions = {}): Promise<string> {
    const response = await this.#transport.stream({
      method: 'get',
      pattern: '/openapi.json',
      path: '/openapi.json',
      options,
    });
    const document = (await response.json()) as { info: { version: string } };
    return document.info.version;
  }

  /** Any route by its pattern, with the types of the OpenAPI document. */
  call<P extends Path, M extends Method>(
    method: M,
    pattern: P,
    parts: CallParts<P, M>,
    settings: CallSettings = {},
  ): Promise<AnswerOf<P, M>> {
    return this.#transport.call(method, pattern, parts, settings);
  }
}
