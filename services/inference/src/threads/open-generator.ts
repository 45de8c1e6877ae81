import { readFileSync } from 'node:fs';
import { sampleDiffusion } from '../domain/generation/dit-sampler.ts';
import {
  generatorParametersSchema,
  readDiffusion,
  readGenerator,
  readKnownMolecules,
} from '../domain/generation/generator-files.ts';
import { type Lane, type Sample, sampleMolecules } from '../domain/generation/sampler.ts';
import { modelFile } from '../repository/model-version.ts';
import { floats } from './run-model.ts';
import type { Workbench } from './workbench.ts';

/** A generator model that is open in this thread, whatever its method. */
export interface OpenGenerator {
  readonly known: ReadonlySet<string>;
  /** Its generations draw one after the other. Not where a few samples take so long that the others would wait. */
  readonly takesTurns: boolean;
  readonly draw: (wish: Wish) => AsyncGenerator<Sample, void, undefined>;
}

interface Wish {
  readonly count: number;
  readonly lane: Lane;
  readonly seed: number;
  /** Weight 0-1 of each note, in the order of the model's labels. */
  readonly wanted: Float64Array;
  readonly excluded: Float64Array;
}

/** Opens the model of this key with the files of its folder. @throws Error for files that do not fit the manifest. */
export async function openGenerator(bench: Workbench, key: string): Promise<OpenGenerator> {
  const { version, session } = await bench.model(key);
  const { Tensor } = await bench.ort();
  const parameters = generatorParametersSchema.parse(version.manifest.parameters);
  const read = (name: string) => readFileSync(modelFile(version, name));
  const known = readKnownMolecules(read('known'));
  const { labels } = version.manifest;
  const files = { labels, tokens: read('tokens'), condition: read('condition') };
  if (parameters.method === 'recurrent') {
    const { hidden, gates } = parameters;
    const model = readGenerator({ ...files, parameters }, async (tokens, state, condition, rows) => {
      const out = await session.run({
        token: new Tensor('int32', tokens, [rows]),
        hidden: new Tensor('float32', state, [rows, hidden]),
        condition: new Tensor('float32', condition, [condition.length / gates, gates]),
      });
      return { logits: floats(out['logits'], 'logits'), hidden: floats(out['hidden_out'], 'hidden_out') };
    });
    return { known, takesTurns: true, draw: (wish) => sampleMolecules(model, { ...parameters, ...wish }) };
  }
  const { width } = parameters;
  const model = readDiffusion(
    { ...files, parameters, lengths: read('lengths') },
    async (tokens, lengths, condition, { rows, longest }) => {
      const out = await session.run({
        tokens: new Tensor('int32', tokens, [rows, longest]),
        lengths: new Tensor('int32', lengths, [rows]),
        condition: new Tensor('float32', condition, [rows, width]),
      });
      return floats(out['logits'], 'logits');
    },
  );
  return { known, takesTurns: false, draw: (wish) => sampleDiffusion(model, { ...parameters, ...wish }) };
}
