import { randomInt } from 'node:crypto';
import type { Scaffold } from '@sillage/chem';
import { maxAllowedElements, maxExcludedMolecules, maxGenerateMolecules } from '@sillage/contracts';
import { AppError, type FieldError, invalidField } from '@sillage/kit';
import type { Descriptions } from '../domain/description/descriptions.ts';
import { budgetOf, type GenerationBudget } from '../domain/generation/budget.ts';
import {
  type Constraints,
  constraintFaults,
  isDemanding,
  scaffoldFaults,
} from '../domain/generation/constraints.ts';
import type { ModelVersion } from '../repository/model-version.ts';
import type { ModelRepository } from '../repository/repository.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';

/** Generator models are called so, followed by the name of the worker. */
const modelPrefix = 'generator-';

export interface GenerateInput {
  readonly description: string;
  /** Empty: detected. */
  readonly language: string;
  readonly numMolecules: number;
  /** Empty: the default worker. */
  readonly worker: string;
  readonly seed: number | undefined;
  readonly constraints: Constraints;
  readonly excludeSmiles: readonly string[];
  readonly unconditioned: boolean;
  /** Molecules as they are drawn: valid, distinct and not blocked, without match, notes and properties. */
  readonly unscored: boolean;
}

/** A request that passed every check. */
export interface Plan {
  readonly generator: ModelVersion;
  readonly worker: string;
  readonly odourModel: ModelVersion;
  readonly language: string;
  /** Those that explain the description as well, where none was given. */
  readonly otherLanguages: readonly string[];
  readonly weights: ReadonlyMap<string, number>;
  readonly unrecognised: readonly string[];
  readonly seed: number;
  readonly budget: GenerationBudget;
}

/** Names that a request may give as its worker; the first serves requests that give none. */
export function workersOf(repository: ModelRepository): readonly string[] {
  const models = repository.ofTask('molecule-generation').map((model) => model.manifest.name);
  const first = repository.defaultOf('molecule-generation')?.manifest.name;
  const names = new Set(first === undefined ? models : [first, ...models]);
  return [...names].map((name) => name.replace(modelPrefix, ''));
}

/** Checks a request and decides how it is served. @throws AppError for what is wrong with it. */
export function planGeneration(
  input: GenerateInput,
  { repository, descriptions }: { repository: ModelRepository; descriptions: Descriptions | undefined },
): Plan {
  const workers = workersOf(repository);
  const { numMolecules } = input;
  if (numMolecules < 1 || numMolecules > maxGenerateMolecules) {
    throw invalidField('/num_molecules', `must be from 1 to ${maxGenerateMolecules}, not ${numMolecules}`);
  }
  if (input.excludeSmiles.length > maxExcludedMolecules) {
    throw invalidField('/exclude_smiles', `must hold at most ${maxExcludedMolecules} molecules`);
  }
  if ((input.constraints.allowedElements?.length ?? 0) > maxAllowedElements) {
    throw invalidField('/constraints/allowed_elements', `must hold at most ${maxAllowedElements} symbols`);
  }
  refuseFaults(constraintFaults(input.constraints));
  if (input.unscored && input.constraints.minMatch !== undefined) {
    throw invalidField(
      '/constraints/min_match',
      'needs the match, which is not computed where score is false',
    );
  }
  if (descriptions === undefined) throw new AppError('not_found', 'this server has no generator');
  const worker = input.worker === '' ? (workers[0] ?? '') : input.worker;
  if (!workers.includes(worker)) {
    throw invalidField('/worker', `no worker ${worker}; there are: ${workers.join(', ')}`);
  }
  const generator = repository
    .ofTask('molecule-generation')
    .find(({ manifest }) => manifest.name === modelPrefix + worker || manifest.name === worker);
  if (generator === undefined) throw new Error(`no model of worker ${worker}`);
  const odourModel = repository.resolve('odour-notes', { name: '', version: '' });
  const understanding = input.unconditioned
    ? { language: input.language, alternatives: [], weights: new Map<string, number>(), unrecognised: [] }
    : understand(descriptions, input.description, input.language);
  return {
    generator,
    worker,
    odourModel,
    language: understanding.language,
    otherLanguages: understanding.alternatives,
    weights: understanding.weights,
    unrecognised: understanding.unrecognised,
    seed: input.seed ?? randomInt(2 ** 32),
    budget: budgetOf(numMolecules, {
      hasMatch: !input.unconditioned && !input.unscored,
      isDemanding: isDemanding(input.constraints),
    }),
  };
}

function understand(descriptions: Descriptions, description: string, language: string) {
  const asked = language === '' ? undefined : language;
  const understanding = descriptions.understand(description, asked);
  if (understanding.weights.size > 0) return understanding;
  const { notes, examples } = descriptions.suggest(description, asked);
  throw new AppError('not_understood', 'the description names no odour that this server knows', {
    errors: [{ pointer: '/description', detail: `name odours, for instance: ${notes.join(', ')}` }],
    extra: { suggestions: notes, examples, unrecognised: understanding.unrecognised },
  });
}

/** Reads the structures that constraints name, in a thread. @throws AppError that names the field. */
export async function readScaffold(
  { constraints }: GenerateInput,
  pool: ThreadPool,
  signal: AbortSignal,
): Promise<Scaffold | undefined> {
  const { scaffold: text = '', similarTo } = constraints;
  if (text === '' && similarTo === undefined) return undefined;
  if (similarTo?.smiles.trim() === '') {
    throw invalidField('/constraints/similar_to/smiles', 'must be the SMILES of a molecule');
  }
  const input = { scaffold: text, reference: similarTo?.smiles ?? '' };
  const { scaffold, reference } = await pool.run('read-structures', input, { signal });
  if (reference !== undefined) {
    const hint = reference.hint === '' ? '' : `; ${reference.hint}`;
    throw invalidField('/constraints/similar_to/smiles', `${reference.detail}${hint}`);
  }
  if (scaffold?.kind === 'fault') throw invalidField('/constraints/scaffold', scaffold.detail);
  if (scaffold !== undefined) refuseFaults(scaffoldFaults(constraints, scaffold));
  return scaffold;
}

function refuseFaults(faults: readonly FieldError[]): void {
  const [first] = faults;
  if (first === undefined) return;
  throw new AppError('invalid_input', `${first.pointer.slice(1).replaceAll('/', '.')}: ${first.detail}`, {
    errors: faults,
  });
}
