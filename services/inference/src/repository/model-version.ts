import { join } from 'node:path';
import type { Manifest, RepositoryProblem } from './manifest.ts';

/** One version of a model, as it lies on disk. */
export interface ModelVersion {
  readonly manifest: Manifest;
  /** Folder that holds the manifest. */
  readonly folder: string;
}

/** `name/version`, unique in a repository. */
export function modelKey(model: ModelVersion): string {
  return `${model.manifest.name}/${model.manifest.version}`;
}

/** Path of the file that the manifest names under `role`. @throws when it names none. */
export function modelFile(model: ModelVersion, role: string): string {
  const name = model.manifest.files[role];
  if (name === undefined) {
    throw new RepositoryError([
      { file: manifestPath(model.folder), field: `files.${role}`, detail: 'is needed by this task' },
    ]);
  }
  return join(model.folder, name);
}

export function manifestPath(folder: string): string {
  return join(folder, 'manifest.yaml');
}

/** Everything wrong with a model repository, found in one pass. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError';
  readonly problems: readonly RepositoryProblem[];
  constructor(problems: readonly RepositoryProblem[]) {
    const lines = problems.map(({ file, field, detail }) => `  ${file}: ${field}: ${detail}`);
    super(`the model repository is not usable; ${problems.length} to mend:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** An odour model that takes counts of environments alone: nothing is padded for it. */
export function isCountsOnly({ manifest }: ModelVersion): boolean {
  return manifest.inputs.every(({ name }) => name !== 'atoms');
}
