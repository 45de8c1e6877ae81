import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { modelComponents, pythonComponents, sbomOf } from './sbom.ts';

const root = join(import.meta.dirname, '../../..');
const bomSchema = z.object({
  serialNumber: z.string(),
  metadata: z.object({ component: z.object({ 'bom-ref': z.string(), name: z.string(), type: z.string() }) }),
  components: z.array(
    z.object({
      'bom-ref': z.string(),
      name: z.string(),
      type: z.string(),
      licenses: z.array(z.unknown()).optional(),
      hashes: z.array(z.object({ alg: z.string(), content: z.string() })).optional(),
    }),
  ),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});

const inference = {
  image: 'inference',
  root,
  packages: ['services/inference', 'packages/chem', 'packages/contracts', 'packages/kit', 'packages/tensors'],
};
const read = (text: string) => bomSchema.parse(JSON.parse(text));

test('it is CycloneDX by its schema, and the same each time', async () => {
  const cuda = join(root, 'services/inference/cuda/requirements.txt');
  const others = [...modelComponents(join(root, 'models')), ...pythonComponents(cuda)];
  const text = sbomOf({ ...inference, others });
  expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
  expect(sbomOf({ ...inference, others })).toBe(text);
  const names = read(text).components.map(({ type, name }) => `${type} ${name}`);
  expect(names).toContain('machine-learning-model olfactory-base');
  expect(names).toContain('library nvidia-cudnn-cu13');
});

test('packages have the hash of the lockfile and their licence, and every reference is there', () => {
  const { components, dependencies, metadata } = read(sbomOf(inference));
  const references = new Set([metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])]);
  for (const { ref, dependsOn = [] } of dependencies) {
    for (const name of [ref, ...dependsOn]) expect(references).toContain(name);
  }
  const packages = components.filter(
    (one) => one['bom-ref'].startsWith('pkg:npm/') && !one['bom-ref'].includes('%40sillage'),
  );
  expect(packages.filter(({ hashes }) => hashes?.[0]?.alg !== 'SHA-512').map(({ name }) => name)).toEqual([]);
  expect(packages.filter(({ licenses }) => licenses === undefined).map(({ name }) => name)).toEqual([]);
  const runtime = components.find(({ name }) => name === 'onnxruntime-node');
  const own = dependencies.find(({ ref }) => ref === metadata.component['bom-ref']);
  expect(own?.dependsOn).toContain(runtime?.['bom-ref']);
});
