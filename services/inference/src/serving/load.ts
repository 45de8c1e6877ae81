import { readFile } from 'node:fs/promises';
import { AppError, reasonOf } from '@sillage/kit';
import { parse } from 'yaml';
import type { z } from 'zod';
import { generatorParametersSchema } from '../domain/generation/generator-files.ts';
import { compareSignature, type RepositoryProblem } from '../repository/manifest.ts';
import { type ModelVersion, manifestPath, modelFile, modelKey } from '../repository/model-version.ts';
import type { BrokenModel } from '../repository/scan.ts';
import type { Device } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { enoseParametersSchema, substancesSchema } from './classifier.ts';
import type { OwnModel } from './model-catalogue.ts';
import { odourParametersSchema } from './predictor.ts';

export interface OpenedModels {
  readonly device: Exclude<Device, 'auto'>;
  readonly open: readonly OwnModel[];
  readonly broken: readonly BrokenModel[];
}

/**
 * Opens every model of the fleet's tasks and holds its manifest against its ONNX file and its task. What does not fit
 * keeps that model out and no other. @throws AppError unavailable when the device asked for is not there.
 */
export async function openModels(models: readonly ModelVersion[], pool: ThreadPool): Promise<OpenedModels> {
  const open: OwnModel[] = [];
  const broken: BrokenModel[] = [];
  let device: Exclude<Device, 'auto'> = 'cpu';
  for (const model of models) {
    const file = manifestPath(model.folder);
    const problems = parameterProblems(model, file);
    try {
      const loaded = await pool.run('load', { model: modelKey(model) });
      device = loaded.device;
      problems.push(...compareSignature(model.manifest, loaded.signature, file));
      if (problems.length === 0) open.push({ model, signature: loaded.signature });
    } catch (error) {
      if (error instanceof AppError && error.code === 'unavailable') throw error;
      problems.push(loadProblem(model, error));
    }
    if (problems.length > 0) broken.push(brokenModel(model, problems));
  }
  return { device, open, broken };
}

export function brokenModel({ manifest }: ModelVersion, problems: readonly RepositoryProblem[]): BrokenModel {
  return { name: manifest.name, version: manifest.version, problems };
}

/** Why a model could not be opened, run for the first time, or made ready in another way. */
export function loadProblem(model: ModelVersion, error: unknown): RepositoryProblem {
  const internal = error instanceof AppError ? error.internal?.split('\n')[0] : undefined;
  // ONNX Runtime names the file by its path, and where that lies is nobody's business.
  const detail = (internal ?? reasonOf(error)).replaceAll(`${model.folder}/`, '');
  return { file: modelFile(model, 'model'), field: '(file)', detail: `cannot be used: ${detail}` };
}

/** What each task reads from a manifest beyond the common part. */
function parameterProblems({ manifest }: ModelVersion, file: string): RepositoryProblem[] {
  const isDiffusion = manifest.parameters['method'] === 'diffusion';
  const needs: { schema: z.ZodType; files: string[]; outputs: string[] } = {
    'odour-notes': { schema: odourParametersSchema, files: ['features'], outputs: ['probabilities'] },
    'molecule-generation': {
      schema: generatorParametersSchema,
      files: ['tokens', 'condition', 'known', ...(isDiffusion ? ['lengths'] : [])],
      outputs: isDiffusion ? ['logits'] : ['logits', 'hidden_out'],
    },
    'enose-classification': {
      schema: enoseParametersSchema,
      files: ['substances'],
      outputs: ['probabilities', 'known', 'distance'],
    },
  }[manifest.task];
  const parsed = needs.schema.safeParse(manifest.parameters);
  const issues = parsed.success ? [] : parsed.error.issues;
  const outputs = new Set(manifest.outputs.map(({ name }) => name));
  return [
    ...issues.map(({ path, message }) => ({
      file,
      field: ['parameters', ...path].map(String).join('.'),
      detail: message,
    })),
    ...needs.files
      .filter((role) => !(role in manifest.files))
      .map((role) => ({ file, field: `files.${role}`, detail: `is needed by the task ${manifest.task}` })),
    ...needs.outputs
      .filter((name) => !outputs.has(name))
      .map((name) => ({ file, field: 'outputs', detail: `${name} is needed by the task ${manifest.task}` })),
  ];
}

/** Substance to odour notes. */
export async function loadSubstances(model: ModelVersion): Promise<z.infer<typeof substancesSchema>> {
  return substancesSchema.parse(parse(await readFile(modelFile(model, 'substances'), 'utf8')));
}
