import { AppError, invalidField, type RequestContext } from '@sillage/kit';
import { z } from 'zod';
import { enoseFeatures } from '../domain/enose/features.ts';
import { arrangeWindow, readFrames } from '../domain/enose/window.ts';
import { topNotes } from '../domain/prediction/notes.ts';
import type { BatchQueue } from '../engine/batch-queue.ts';
import { type ModelVersion, modelKey } from '../repository/model-version.ts';
import type { ModelRepository, ModelRequest } from '../repository/repository.ts';
import type { RowOutputs } from './engines.ts';

/** `parameters` in the manifest of an enose-classification model, the part this server reads. */
export const enoseParametersSchema = z.object({
  channels: z.array(z.object({ name: z.string(), min: z.number(), max: z.number() })).min(1),
  other_channels: z.array(z.object({ name: z.string() })).default([]),
  min_frames: z.int().positive(),
  min_valid_fraction: z.number().min(0).max(1),
  max_missing_channels: z.int().min(0),
  unknown: z.object({
    /** Least chance, 0-1, of being a known substance: the model's output `known`. */
    min_known: z.number(),
    /** Farthest from any training window: the output `distance`. */
    max_distance: z.number(),
  }),
});

/** Substance to its odour notes, strongest first: substances.yaml of a model. */
export const substancesSchema = z.record(z.string(), z.array(z.string()));

export interface EnoseModel {
  readonly engine: BatchQueue<Float32Array, RowOutputs>;
  readonly parameters: z.infer<typeof enoseParametersSchema>;
  readonly substances: z.infer<typeof substancesSchema>;
}

export interface ClassifyInput {
  readonly channels: readonly string[];
  /** Little-endian float32, frames × channels. */
  readonly frames: Uint8Array;
  readonly model: ModelRequest;
}

export interface Classified {
  readonly model: ModelVersion;
  readonly substances: readonly string[];
  readonly probabilities: readonly number[];
  readonly isUnknown: boolean;
  readonly notes: readonly string[];
  readonly queueMs: number;
  readonly inferenceMs: number;
}

/** Answers which substance a window of e-nose frames shows. */
export class Classifier {
  readonly #repository: ModelRepository;
  readonly #models: ReadonlyMap<string, EnoseModel>;

  constructor(options: { repository: ModelRepository; models: ReadonlyMap<string, EnoseModel> }) {
    this.#repository = options.repository;
    this.#models = options.models;
  }

  async classify(input: ClassifyInput, { deadlineMs, signal }: RequestContext): Promise<Classified> {
    const model = this.#repository.resolve('enose-classification', input.model);
    const enose = this.#models.get(modelKey(model));
    if (enose === undefined) throw new Error(`no engine for ${modelKey(model)}`);
    const { parameters } = enose;
    const window = arrangeWindow(readFrames(input.frames, input.channels.length), input.channels, {
      channels: parameters.channels,
      otherChannels: parameters.other_channels.map(({ name }) => name),
      minValidFraction: parameters.min_valid_fraction,
    });
    if (window.frames < parameters.min_frames) {
      throw invalidField(
        '/frames',
        `a window needs at least ${parameters.min_frames} frames, not ${window.frames}`,
      );
    }
    const features = enoseFeatures(window.values, window.frames, parameters);
    const { value, queueMs, inferenceMs } = await enose.engine.push(features, features.length, {
      deadlineMs,
      signal,
    });
    const probabilities = value['probabilities'];
    if (probabilities === undefined) throw new AppError('model_failed', 'the model failed on this window');
    const ranked = topNotes(probabilities, model.manifest.labels, model.manifest.labels.length);
    const known = value['known']?.[0] ?? 0;
    const distance = value['distance']?.[0] ?? Number.POSITIVE_INFINITY;
    const { min_known, max_distance } = parameters.unknown;
    return {
      model,
      substances: ranked.notes,
      probabilities: ranked.probabilities,
      isUnknown:
        window.missingChannels > parameters.max_missing_channels ||
        known < min_known ||
        distance > max_distance,
      notes: enose.substances[ranked.notes[0] ?? ''] ?? [],
      queueMs,
      inferenceMs,
    };
  }
}
