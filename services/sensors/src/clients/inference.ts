import { presentModelRef } from '@sillage/contracts';
import { InferencePools, type InferencePoolsOptions } from '@sillage/inference-client';
import type { SensorType } from '../domain/sensor-type.ts';

export interface Smell {
  /** All substances, most probable first. */
  readonly substances: readonly string[];
  readonly probabilities: readonly number[];
  readonly isUnknown: boolean;
  /** Odour notes of the first substance. */
  readonly notes: readonly string[];
  readonly model: { readonly name: string; readonly version: string };
}

export interface DescribedModel {
  readonly model: { readonly name: string; readonly version: string };
  readonly isDefault: boolean;
  readonly parameters: unknown;
}

/** What this service asks of inference. A peer that is away is `unavailable`. */
export class InferenceClient {
  readonly #pools: InferencePools;

  constructor(options: Omit<InferencePoolsOptions, 'timeoutMs'>) {
    this.#pools = new InferencePools({ ...options, timeoutMs: 10_000 });
  }

  /** The e-nose models there are. */
  async enoseModels(): Promise<readonly DescribedModel[]> {
    const models = await this.#pools.listModels();
    return models
      .filter(({ task }) => task === 'enose-classification')
      .map(({ ref, isDefault, parametersJson }) => ({
        model: { name: ref?.name ?? '', version: ref?.version ?? '' },
        isDefault,
        parameters: JSON.parse(parametersJson) as unknown,
      }));
  }

  /** @param frames seconds × channels of the type, row by row, NaN where nothing was measured */
  async classify(type: SensorType, frames: Float32Array): Promise<Smell> {
    const answer = await this.#pools.unary('Classify', {
      channels: type.channels.map(({ name }) => name),
      frames: littleEndian(frames),
      model: type.model,
    });
    return {
      substances: answer.substances,
      probabilities: answer.probabilities,
      isUnknown: answer.unknownPattern,
      notes: answer.notes,
      model: presentModelRef(answer.model),
    };
  }

  close(): void {
    this.#pools.close();
  }
}

function littleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < values.length; at++) view.setFloat32(at * 4, values[at] ?? Number.NaN, true);
  return bytes;
}
