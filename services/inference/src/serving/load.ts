import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { z } from 'zod';
import { generatorParametersSchema } from '../domain/generation/generator-files.ts';
import { compareSignature, type RepositoryProblem } from '../repository/manifest.ts';
import {
  type ModelVersion,
  manifestPath,
  modelFile,
  modelKey,
  RepositoryError,
} from '../repository/model-version.ts';
import type { Device } from '../threads/protocol.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { enoseParametersSchema, substancesSchema } from './classifier.ts';
import { odourParametersSchema } from './predictor.ts';

/**
 * Opens every model and holds its manifest against its ONNX file and its task.
 * @throws RepositoryError with everything that does not fit.
 */
export async function openModels(
  models: readonly ModelVersion[],
  pool: ThreadPool,
): Promise<Exclude<Device, 'auto'>> {
  const problems: RepositoryProblem[] = [];
  let device: Exclude<Device, 'auto'> = 'cpu';
  for (const model of models) {
    const file = manifestPath(model.folder);
    problems.push(...parameterProblems(model, file));
    const loaded = await pool.run('load', { model: modelKey(model) });
    device = loaded.device;
    problems.push(...compareSignature(model.manifest, loaded.signature, file));
  }
  if (problems.length > 0) throw new RepositoryError(problems);
  return device;
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
