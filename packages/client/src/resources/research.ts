import type { components } from '../generated/api.ts';
import type { Transport } from '../http/transport.ts';
import {
  type AnswerOf,
  type BodyOf,
  type CallParts,
  type Path,
  type QueryOf,
  queryString,
} from '../http/typed.ts';
import type { CallOptions } from '../options.ts';
import { Listing } from '../pages.ts';

type Schemas = components['schemas'];
export type MapPoint = Schemas['MapPoint'];
const map = '/api/v1/research/map';

/** The research API: questions all, so each may be sent again. */
export class Research {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Places on the odour map, for up to 256 molecules. */
  embed(body: Schemas['EmbedRequest'], options?: CallOptions): Promise<Schemas['EmbedResponse']> {
    return this.#ask('/api/v1/research/embed', body, options);
  }

  /** Known odorants near a molecule, or near a place on the map. */
  similar(body: Schemas['SimilarRequest'], options?: CallOptions): Promise<Schemas['SimilarResponse']> {
    return this.#ask('/api/v1/research/similar', body, options);
  }

  /** Notes of a blend. */
  mixtures(body: Schemas['MixtureRequest'], options?: CallOptions): Promise<Schemas['MixtureResponse']> {
    return this.#ask('/api/v1/research/mixtures', body, options);
  }

  properties(
    body: Schemas['PropertiesRequest'],
    options?: CallOptions,
  ): Promise<Schemas['PropertiesResponse']> {
    return this.#ask('/api/v1/research/properties', body, options);
  }

  safety(body: Schemas['SafetyRequest'], options?: CallOptions): Promise<Schemas['SafetyResponse']> {
    return this.#ask('/api/v1/research/safety', body, options);
  }

  /** How well a model agrees with labels of yours. */
  evaluate(body: Schemas['EvaluateRequest'], options?: CallOptions): Promise<Schemas['EvaluateResponse']> {
    return this.#ask('/api/v1/research/evaluate', body, options);
  }

  /** The same from CSV: columns smiles and notes, or smiles and one column for each note. */
  async evaluateCsv(
    csv: Blob | string,
    query: QueryOf<'/api/v1/research/evaluate', 'post'> = {},
    options: CallOptions = {},
  ): Promise<Schemas['EvaluateResponse']> {
    const pattern = '/api/v1/research/evaluate';
    const response = await this.#transport.stream({
      method: 'post',
      pattern,
      path: `${pattern}${queryString(query)}`,
      body: csv,
      headers: { 'content-type': 'text/csv' },
      isRepeatable: true,
      options,
    });
    return (await response.json()) as Schemas['EvaluateResponse'];
  }

  /** One page of the odour map, with its method and extent. */
  map(query: QueryOf<typeof map, 'get'> = {}, options: CallOptions = {}): Promise<Schemas['MapResponse']> {
    return this.#transport.call('get', map, { query }, { options });
  }

  /** Every point of the map that the conditions leave, page after page. */
  mapPoints(query: QueryOf<typeof map, 'get'> = {}, options: CallOptions = {}): Listing<MapPoint, number> {
    return new Listing(async (offset) => {
      const page = await this.map({ ...query, ...(offset === undefined ? {} : { offset }) }, options);
      return { items: page.points, next: page.next_offset };
    });
  }

  /** Where on the plane up to 64 molecules go. */
  place(body: Schemas['PlaceRequest'], options?: CallOptions): Promise<Schemas['PlaceResponse']> {
    return this.#ask(map, body, options);
  }

  #ask<P extends Path>(
    pattern: P,
    body: BodyOf<P, 'post'>,
    options: CallOptions = {},
  ): Promise<AnswerOf<P, 'post'>> {
    // All of these have a body and nothing else; TypeScript does not see that while P is open.
    const parts = { body } as CallParts<P, 'post'>;
    return this.#transport.call('post', pattern, parts, { isRepeatable: true, options });
  }
}
