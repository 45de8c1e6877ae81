import { readFileSync } from 'node:fs';
import { ChemError, type OdourFeatures, type OdourFeaturiser } from '@sillage/chem';
import {
  type GeneratorParameters,
  generatorParametersSchema,
  readGenerator,
  readKnownMolecules,
} from '../domain/generation/generator-files.ts';
import { molecularWeightOf } from '../domain/generation/molecular-weight.ts';
import { type GeneratorModel, type Sample, sampleMolecules } from '../domain/generation/sampler.ts';
import { modelFile } from '../repository/model-version.ts';
import { packFeatures } from './packed-features.ts';
import type { GeneratedCandidate, GenerationChunk, GenerationOptions } from './protocol.ts';
import { floats } from './run-model.ts';
import type { Workbench } from './workbench.ts';

interface Generator {
  readonly model: GeneratorModel;
  readonly parameters: GeneratorParameters;
  readonly known: ReadonlySet<string>;
}

/** A candidate before its features are packed. */
type Candidate = Omit<GeneratedCandidate, 'features'> & { readonly features: OdourFeatures };

interface Conversation {
  readonly samples: AsyncGenerator<Sample, void, undefined>;
  readonly known: ReadonlySet<string>;
  readonly featuriser: OdourFeaturiser;
  readonly leftOut: ReadonlySet<string>;
  /** Molecules drawn so far. */
  readonly seen: Set<string>;
}

/** The generations of one thread: each draws on from where it stopped, in chunks that the caller asks for. */
export class Generations {
  readonly #bench: Workbench;
  readonly #generators = new Map<string, Promise<Generator>>();
  readonly #conversations = new Map<string, Conversation>();

  constructor(bench: Workbench) {
    this.#bench = bench;
  }

  async open(input: {
    id: string;
    model: string;
    odourModel: string;
    options: GenerationOptions;
  }): Promise<null> {
    const { model, parameters, known } = await this.#generator(input.model);
    const { labels } = this.#bench.version(input.model).manifest;
    const { temperature, minProbability, guidance, maxTokens, batch } = parameters;
    const { weights, seed, maxSamples, exclude } = input.options;
    const samples = sampleMolecules(model, {
      count: maxSamples,
      seed,
      temperature,
      minProbability,
      guidance,
      maxTokens,
      batch,
      wanted: Float64Array.from(labels, (note) => Math.max(0, weights.get(note) ?? 0)),
      excluded: Float64Array.from(labels, (note) => Math.max(0, -(weights.get(note) ?? 0))),
    });
    this.#conversations.set(input.id, {
      samples,
      known,
      featuriser: this.#bench.featuriser(input.odourModel),
      leftOut: new Set(exclude),
      seen: new Set(),
    });
    return null;
  }

  async next({ id, samples }: { id: string; samples: number }): Promise<GenerationChunk> {
    const conversation = this.#conversations.get(id);
    if (conversation === undefined) throw new Error(`no generation ${id} in this thread`);
    const count = { sampled: 0, valid: 0, unique: 0, novel: 0 };
    const candidates: Candidate[] = [];
    let isLast = false;
    // A caller who leaves closes the conversation while it draws.
    while (count.sampled < samples && this.#conversations.has(id)) {
      const { value: sample, done } = await conversation.samples.next();
      if (done || sample === undefined) {
        isLast = true;
        break;
      }
      count.sampled += 1;
      const looked = this.#look(sample, conversation);
      await this.#bench.mendChem();
      if (looked === undefined) continue;
      count.valid += 1;
      if (!looked.isUnique) continue;
      count.unique += 1;
      if (looked.isNovel) count.novel += 1;
      if (looked.candidate !== undefined) candidates.push(looked.candidate);
    }
    const packed = packFeatures(candidates.map(({ features }) => features));
    return {
      ...count,
      candidates: candidates.flatMap((candidate, index) => {
        const features = packed[index];
        return features === undefined ? [] : [{ ...candidate, features }];
      }),
      isLast,
    };
  }

  async close({ id }: { id: string }): Promise<null> {
    const conversation = this.#conversations.get(id);
    this.#conversations.delete(id);
    await conversation?.samples.return();
    return null;
  }

  /** Undefined: no molecule. Without a candidate: one that was drawn before, left out, or must not be returned. */
  #look(
    sample: Sample,
    { known, seen, leftOut, featuriser }: Conversation,
  ): { isUnique: boolean; isNovel: boolean; candidate?: Candidate } | undefined {
    if (!sample.complete || sample.smiles === '') return undefined;
    const { chem, screen } = this.#bench;
    try {
      return chem.with(sample.smiles, (molecule) => {
        const canonical = molecule.flatSmiles;
        const isNovel = !known.has(canonical);
        if (seen.has(canonical)) return { isUnique: false, isNovel };
        seen.add(canonical);
        if (leftOut.has(canonical)) return { isUnique: true, isNovel };
        if (screen.isBlocked(molecule)) return { isUnique: true, isNovel };
        const graph = molecule.graph();
        const candidate = {
          row: sample.row,
          canonical,
          novel: isNovel,
          molecularWeight: molecularWeightOf(graph) ?? molecule.descriptors().molecularWeight,
          features: featuriser.features(graph),
        };
        return { isUnique: true, isNovel, candidate };
      });
    } catch (error) {
      if (error instanceof ChemError) return undefined;
      throw error;
    }
  }

  #generator(key: string): Promise<Generator> {
    let generator = this.#generators.get(key);
    if (generator === undefined) {
      generator = this.#openGenerator(key);
      this.#generators.set(key, generator);
    }
    return generator;
  }

  async #openGenerator(key: string): Promise<Generator> {
    const { version, session } = await this.#bench.model(key);
    const { Tensor } = await this.#bench.ort();
    const parameters = generatorParametersSchema.parse(version.manifest.parameters);
    const { hidden, gates } = parameters;
    const files = {
      labels: version.manifest.labels,
      parameters,
      tokens: readFileSync(modelFile(version, 'tokens')),
      condition: readFileSync(modelFile(version, 'condition')),
    };
    const model = readGenerator(files, async (tokens, state, condition, rows) => {
      const out = await session.run({
        token: new Tensor('int32', tokens, [rows]),
        hidden: new Tensor('float32', state, [rows, hidden]),
        condition: new Tensor('float32', condition, [rows, gates]),
      });
      return { logits: floats(out['logits'], 'logits'), hidden: floats(out['hidden_out'], 'hidden_out') };
    });
    return { model, parameters, known: readKnownMolecules(readFileSync(modelFile(version, 'known'))) };
  }
}
