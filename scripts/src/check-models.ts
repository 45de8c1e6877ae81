import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Model__Output, ModelRef__Output } from '@sillage/contracts';
import { z } from 'zod';
import { type LoneInference, startLoneInference } from './fleet/lone-inference.ts';

const usage = `usage: npm run sillage -- check-models [FOLDER]

Loads every model of a repository (FOLDER/<name>/<version>/manifest.yaml; by default models/ of this checkout) as the
inference service does, asks each one question, and prints what it answers. Of a model that is served as tensors
(FOLDER/<name>/model.onnx) it prints what it takes and gives. Exit code 0 when all of them can be served.
`;

const vanillin = 'COc1cc(C=O)ccc1O';
const perGeneration = 5;
/** Frames of one question to an electronic nose, a second each. */
const frames = 100;

const enoseSchema = z.object({
  channels: z.array(z.object({ name: z.string() })),
  clean_air: z.record(z.string(), z.number()).optional(),
});

/** `sillage check-models`. */
export async function checkModels(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const folder = resolve(positionals[0] ?? join(import.meta.dirname, '../../models'));
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  const inference = await startLoneInference(folder);
  try {
    const { models } = await inference.client.unary('ListModels', {});
    let failed = 0;
    for (const model of models) {
      const { name = '', version = '' } = model.ref ?? {};
      try {
        process.stdout.write(`${name} ${version} (${model.task}): ${await ask(inference, model)}\n`);
      } catch (error) {
        failed += 1;
        process.stdout.write(`${name} ${version} (${model.task}): FAILED, ${String(error)}\n`);
      }
    }
    const { models: index } = await inference.tensors.unary('RepositoryIndex', {});
    for (const { name, version, reason } of index.filter(({ state }) => state !== 'READY')) {
      failed += 1;
      process.stdout.write(`${name} ${version}: FAILED, ${reason}\n`);
    }
    for (const { name, version, state } of index) {
      if (state !== 'READY' || models.some(({ ref }) => ref?.name === name && ref.version === version))
        continue;
      process.stdout.write(
        `${name} ${version} (tensors): ${await describeTensors(inference, name, version)}\n`,
      );
    }
    process.stdout.write(`${index.length - failed} of ${index.length} models answer\n`);
    return failed === 0 && index.length > 0 ? 0 : 1;
  } finally {
    await inference.stop();
  }
}

/** A model that is served as tensors has no question of ours; that it is open and what it takes is what can be said. */
async function describeTensors({ tensors }: LoneInference, name: string, version: string): Promise<string> {
  const { inputs, outputs } = await tensors.unary('ModelMetadata', { name, version });
  const list = (side: typeof inputs) =>
    side.map((tensor) => `${tensor.name} ${tensor.datatype} [${tensor.shape.join(', ')}]`).join(', ');
  return `takes ${list(inputs)}; gives ${list(outputs)}`;
}

async function ask({ client }: LoneInference, model: Model__Output): Promise<string> {
  if (model.ref === null) throw new Error('it has no name');
  if (model.task === 'odour-notes') return smell(client, model.ref);
  if (model.task === 'molecule-generation') return generate(client, model.ref);
  return classify(client, model);
}

async function smell(client: LoneInference['client'], model: ModelRef__Output): Promise<string> {
  const { rows } = await client.unary('Predict', { smiles: [vanillin], topK: 3, model });
  const prediction = rows[0]?.prediction;
  if (!prediction) throw new Error(rows[0]?.error?.detail ?? 'no answer');
  return `${vanillin} smells of ${prediction.notes.join(', ')}`;
}

async function generate(client: LoneInference['client'], { name }: ModelRef__Output): Promise<string> {
  const worker = name.replace(/^generator-/, '');
  const made: string[] = [];
  for await (const { molecule } of client.stream('Generate', {
    unconditioned: true,
    numMolecules: perGeneration,
    worker,
    seed: 1,
  })) {
    if (molecule) made.push(molecule.smiles);
  }
  if (made.length === 0) throw new Error('no molecule was made');
  return made.join('  ');
}

async function classify(
  client: LoneInference['client'],
  { ref, parametersJson }: Model__Output,
): Promise<string> {
  const parameters = enoseSchema.parse(JSON.parse(parametersJson));
  const channels = parameters.channels.map((channel) => channel.name);
  const values = new Float32Array(frames * channels.length).map(
    (_, index) => parameters.clean_air?.[channels[index % channels.length] ?? ''] ?? 0,
  );
  const { substances, unknownPattern } = await client.unary('Classify', {
    channels,
    frames: Buffer.from(values.buffer),
    model: ref,
  });
  if (substances.length === 0) throw new Error('no substance was named');
  return `clean air is nearest to ${substances[0]}${unknownPattern ? ', and said to be no known pattern' : ''}`;
}
