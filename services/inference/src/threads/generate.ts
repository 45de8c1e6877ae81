import { setImmediate } from 'node:timers/promises';
import {
  ChemError,
  type Fingerprint,
  type Molecule,
  morganEnvironments,
  morganFingerprint,
  type OdourFeatures,
  type OdourFeaturiser,
  propertiesOf,
  type SafetyVerdict,
  tanimoto,
} from '@sillage/chem';
import {
  type Constraints,
  limitsStructure,
  type Rejection,
  structureRejection,
} from '../domain/generation/constraints.ts';
import type { Sample } from '../domain/generation/sampler.ts';
import { ScaffoldMatcher } from './constraints.ts';
import { type OpenGenerator, openGenerator } from './open-generator.ts';
import { packFeatures } from './packed-features.ts';
import type { CandidateDetails, DrawnMolecule, GenerationChunk, GenerationOptions } from './protocol.ts';
import type { Workbench } from './workbench.ts';

/** A molecule before its features are packed. */
type Unpacked = Omit<DrawnMolecule, 'details'> & {
  readonly details?: Omit<CandidateDetails, 'features'>;
  readonly features?: OdourFeatures;
};

/** Molecules looked at between two looks at what else the thread has to do. */
const looksAtOnce = 64;

interface Conversation {
  readonly samples: AsyncGenerator<Sample, void, undefined>;
  readonly takesTurns: boolean;
  readonly known: ReadonlySet<string>;
  readonly featuriser: OdourFeaturiser;
  readonly leftOut: ReadonlyMap<string, Rejection>;
  readonly constraints: Constraints;
  readonly isScored: boolean;
  /** The rules, or the answer, ask for more than whether a molecule may be returned at all. */
  readonly needsProperties: boolean;
  readonly scaffold: ScaffoldMatcher | undefined;
  readonly reference: Fingerprint | undefined;
  /** Molecules drawn so far. */
  readonly seen: Set<string>;
  /** The same as they were written: what was written before need not be read again. */
  readonly written: Set<string>;
}

/** The generations of one thread: each draws on from where it stopped, in chunks that the caller asks for. */
export class Generations {
  readonly #bench: Workbench;
  readonly #generators = new Map<string, Promise<OpenGenerator>>();
  readonly #conversations = new Map<string, Conversation>();
  /** Settles when the last of those that take turns has had its own. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(bench: Workbench) {
    this.#bench = bench;
  }

  async open(input: {
    id: string;
    model: string;
    odourModel: string;
    options: GenerationOptions;
  }): Promise<null> {
    const { known, draw, takesTurns } = await this.#generator(input.model);
    const { labels } = this.#bench.version(input.model).manifest;
    const { weights, seed, maxSamples, lane, leftOut, constraints, scaffold, isScored } = input.options;
    const { similarTo } = constraints;
    const samples = draw({
      count: maxSamples,
      lane,
      seed,
      wanted: Float64Array.from(labels, (note) => Math.max(0, weights.get(note) ?? 0)),
      excluded: Float64Array.from(labels, (note) => Math.max(0, -(weights.get(note) ?? 0))),
    });
    this.#conversations.set(input.id, {
      samples,
      takesTurns,
      known,
      featuriser: this.#bench.featuriser(input.odourModel),
      leftOut,
      constraints,
      isScored,
      needsProperties: isScored || limitsStructure(constraints),
      scaffold: scaffold && new ScaffoldMatcher(scaffold),
      reference: similarTo && this.#bench.chem.with(similarTo.smiles.trim(), fingerprintOf),
      seen: new Set(),
      written: new Set(),
    });
    return null;
  }

  async next({ id, samples }: { id: string; samples: number }): Promise<GenerationChunk> {
    const conversation = this.#conversations.get(id);
    if (conversation === undefined) throw new Error(`no generation ${id} in this thread`);
    const work = () => this.#chunk(id, samples, conversation);
    return conversation.takesTurns ? this.#inTurn(work) : work();
  }

  async close({ id }: { id: string }): Promise<null> {
    const conversation = this.#conversations.get(id);
    this.#conversations.delete(id);
    conversation?.scaffold?.[Symbol.dispose]();
    await conversation?.samples.return();
    return null;
  }

  /**
   * All samples are drawn before the first is looked at: where model and RDKit alternate, each finds that the other has
   * taken the processor's caches.
   */
  async #chunk(id: string, samples: number, conversation: Conversation): Promise<GenerationChunk> {
    const drawn: Sample[] = [];
    let isLast = false;
    // A caller who leaves closes the conversation while it draws.
    while (drawn.length < samples && !isLast && this.#conversations.has(id)) {
      const { value: sample, done } = await conversation.samples.next();
      if (done || sample === undefined) isLast = true;
      else drawn.push(sample);
    }
    let valid = 0;
    const molecules: Unpacked[] = [];
    for (const [index, sample] of drawn.entries()) {
      if (index % looksAtOnce === 0) await setImmediate();
      if (!this.#conversations.has(id)) break;
      const looked = this.#look(sample, conversation);
      if (this.#bench.chem.isBroken) await this.#bench.mendChem();
      if (looked === undefined) continue;
      valid += 1;
      if (looked !== 'again') molecules.push(looked);
    }
    return { sampled: drawn.length, valid, molecules: pack(molecules), isLast };
  }

  /** For the same reason one conversation draws its chunk after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Undefined: no molecule. `again`: one that was drawn before. */
  #look(sample: Sample, conversation: Conversation): Unpacked | 'again' | undefined {
    if (!sample.complete || sample.smiles === '') return undefined;
    const { known, seen, written } = conversation;
    if (written.has(sample.smiles)) return 'again';
    try {
      return this.#bench.chem.with(sample.smiles, (molecule) => {
        const canonical = molecule.flatSmiles;
        written.add(sample.smiles);
        if (seen.has(canonical)) return 'again';
        seen.add(canonical);
        const novel = !known.has(canonical);
        return { row: sample.row, canonical, novel, ...this.#judge(molecule, novel, conversation) };
      });
    } catch (error) {
      if (error instanceof ChemError) return undefined;
      throw error;
    }
  }

  /** The rules on structure: those that cost least first, the screen, which costs most, last. */
  #judge(
    molecule: Molecule,
    novel: boolean,
    conversation: Conversation,
  ): Pick<Unpacked, 'rejection' | 'details' | 'features'> {
    const { leftOut, constraints, isScored, needsProperties, scaffold, reference } = conversation;
    const left = leftOut.get(molecule.flatSmiles);
    if (left !== undefined) return { rejection: left };
    if (constraints.novelOnly === true && !novel) return { rejection: 'novel_only' };
    const { chem, screen, scores } = this.#bench;
    if (!needsProperties) return screen.blocks(molecule) ? { rejection: 'safety' } : {};
    const graph = molecule.canonicalGraph();
    const properties = propertiesOf(graph, molecule.stereocentres(graph), scores);
    const { molecularWeight, logP, tpsa, syntheticAccessibility, environments } = properties;
    const fingerprint = morganFingerprint(environments);
    const similarity = reference && tanimoto(reference, fingerprint);
    let verdict: SafetyVerdict | undefined;
    const safety = (): SafetyVerdict => {
      verdict ??= screen.screen(molecule);
      return verdict;
    };
    const rejection = structureRejection(constraints, {
      properties,
      elements: graph.atoms.map(({ atomicNumber }) => atomicNumber),
      hasScaffold: () => scaffold?.isIn(molecule, chem) ?? true,
      similarity: () => similarity ?? 1,
      safety,
    });
    if (rejection !== undefined) return { rejection };
    if (!isScored) return {};
    const { score: safetyScore, flags: safetyFlags } = safety();
    return {
      details: {
        ...{ fingerprint, molecularWeight, logP, tpsa, syntheticAccessibility, similarity },
        ...{ safetyScore, safetyFlags },
      },
      features: conversation.featuriser.features(graph),
    };
  }

  #generator(key: string): Promise<OpenGenerator> {
    let generator = this.#generators.get(key);
    if (generator === undefined) {
      generator = openGenerator(this.#bench, key);
      this.#generators.set(key, generator);
    }
    return generator;
  }
}

/** Puts the features of all of them into one block. */
function pack(molecules: readonly Unpacked[]): DrawnMolecule[] {
  const packed = packFeatures(molecules.flatMap(({ features }) => features ?? []));
  let next = 0;
  return molecules.map(({ features: unpacked, details, ...molecule }) => {
    const features = unpacked && packed[next++];
    return details && features ? { ...molecule, details: { ...details, features } } : molecule;
  });
}

function fingerprintOf(molecule: Molecule): Fingerprint {
  return morganFingerprint(morganEnvironments(molecule.canonicalGraph()));
}
