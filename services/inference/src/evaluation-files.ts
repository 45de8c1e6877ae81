import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type TestCase, testCasesSchema } from './domain/description/evaluate.ts';

const root = join(import.meta.dirname, '..');
const models = join(root, '..', '..', 'models', 'olfactory-base');

/** The odour notes of the newest version of the base model in the repository. */
export function odourNotes(): readonly string[] {
  const newest = readdirSync(models).sort((a, b) => Number(b) - Number(a))[0] ?? '1';
  const manifest = readYaml(join(models, newest, 'manifest.yaml'));
  return z.object({ labels: z.array(z.string()) }).parse(manifest).labels;
}

/** The test set of descriptions. */
export function descriptionTestSet(): readonly TestCase[] {
  return testCasesSchema.parse(readYaml(join(root, 'evaluation', 'descriptions.yaml')));
}

/** A file of the lexicon folder, as it is. */
export function lexiconFile(name: string): unknown {
  return readYaml(join(root, 'lexicon', name));
}

function readYaml(path: string): unknown {
  return parse(readFileSync(path, 'utf8'));
}
