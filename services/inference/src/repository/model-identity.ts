import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ModelVersion, modelFile, modelKey } from './model-version.ts';

/** Files on which a row of an odour model depends. */
const roles = ['model', 'features'] as const;

/**
 * Name, version and a digest of the files that make a model's rows. Rows are kept under it outside the process: files
 * that were exchanged under the same version must not be answered for by rows of the old ones.
 */
export async function modelIdentity(model: ModelVersion): Promise<string> {
  const hash = createHash('sha256');
  for (const role of roles) hash.update(await readFile(modelFile(model, role)));
  return `${modelKey(model)}#${hash.digest('base64url').slice(0, 16)}`;
}
