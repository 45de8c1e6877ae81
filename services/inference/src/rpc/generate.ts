import type { GenerateRequest__Output, GenerateResponse } from '@sillage/contracts';
import type { Metrics, RequestContext } from '@sillage/kit';
import type { Constraints } from '../domain/generation/constraints.ts';
import type { GenerateInput } from '../serving/generation-plan.ts';
import type { GeneratedMolecule, GenerationEvent, Generator } from '../serving/generator.ts';
import { modelRef, timing } from './messages.ts';

/** Generate: what was understood, progress, the molecules best first, the statistics. */
export async function* generate(
  generator: Generator,
  meter: GenerationMeter,
  request: GenerateRequest__Output,
  context: RequestContext,
): AsyncGenerator<GenerateResponse> {
  const started = performance.now();
  let worker = '';
  for await (const event of generator.generate(inputOf(request), context)) {
    if (event.kind === 'started') worker = event.worker;
    meter.saw(event, worker);
    yield eventMessage(event, started);
  }
}

/** Counts what generation makes. */
export class GenerationMeter {
  readonly #metrics: Metrics;
  #sampled = 0;
  #valid = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Shows the metrics of each worker from the start, at zero. */
  declare(workers: readonly string[]): void {
    for (const worker of workers) {
      this.#metrics.counter('olfactory_molecules_generated_total').inc({ worker }, 0);
    }
    this.#metrics.histogram('olfactory_safety_score');
    this.#metrics.gauge('olfactory_molecule_validity_rate', (gauge) =>
      gauge.set(this.#sampled === 0 ? 0 : this.#valid / this.#sampled),
    );
  }

  saw(event: GenerationEvent, worker: string): void {
    if (event.kind === 'molecule') {
      this.#metrics.counter('olfactory_molecules_generated_total').inc({ worker });
      this.#metrics.histogram('olfactory_safety_score').observe(event.molecule.safetyScore);
    } else if (event.kind === 'candidates') {
      this.#metrics.counter('olfactory_molecules_generated_total').inc({ worker }, event.candidates.length);
    } else if (event.kind === 'finished') {
      this.#sampled += event.sampled;
      this.#valid += event.valid;
    }
  }
}

function inputOf(request: GenerateRequest__Output): GenerateInput {
  return {
    description: request.description,
    language: request.language,
    numMolecules: request.numMolecules,
    worker: request.worker,
    seed: request.seed,
    constraints: constraintsOf(request.constraints),
    excludeSmiles: request.excludeSmiles,
    unconditioned: request.unconditioned,
    unscored: request.unscored,
  };
}

/** proto3 gives what was not sent as undefined; a constraint that is not there has no key. */
function constraintsOf(constraints: GenerateRequest__Output['constraints']): Constraints {
  if (!constraints) return {};
  const { similarTo, ...rest } = constraints;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(similarTo
      ? {
          similarTo: {
            smiles: similarTo.smiles,
            ...(similarTo.min === undefined ? {} : { min: similarTo.min }),
            ...(similarTo.max === undefined ? {} : { max: similarTo.max }),
          },
        }
      : {}),
  };
}

function eventMessage(event: GenerationEvent, startedMs: number): GenerateResponse {
  switch (event.kind) {
    case 'started':
      return {
        started: {
          model: modelRef(event.model),
          worker: event.worker,
          language: event.language,
          otherLanguages: [...event.otherLanguages],
          understood: Object.fromEntries(event.understood),
          unrecognised: [...event.unrecognised],
          seed: event.seed,
        },
      };
    case 'progress':
      return { progress: { sampled: event.sampled, valid: event.valid, accepted: event.accepted } };
    case 'candidates':
      return {
        candidates: {
          smiles: event.candidates.map(({ smiles }) => smiles),
          novel: event.candidates.map(({ novel }) => novel),
        },
      };
    case 'molecule':
      return { molecule: moleculeMessage(event.molecule) };
    case 'finished': {
      const { sampled, valid, unique, novel } = event;
      const rejectedBy = Object.fromEntries(event.rejected);
      return { finished: { sampled, valid, unique, novel, rejectedBy, timing: timing(event, startedMs) } };
    }
  }
}

function moleculeMessage(molecule: GeneratedMolecule): NonNullable<GenerateResponse['molecule']> {
  return {
    smiles: molecule.smiles,
    valid: true,
    novel: molecule.novel,
    match: molecule.match,
    notes: [...molecule.notes],
    probabilities: [...molecule.probabilities],
    molecularWeight: molecule.molecularWeight,
    logP: molecule.logP,
    tpsa: molecule.tpsa,
    syntheticAccessibility: molecule.syntheticAccessibility,
    ...(molecule.similarity === undefined ? {} : { similarity: molecule.similarity }),
    safetyScore: molecule.safetyScore,
    safetyFlags: molecule.safetyFlags.map(({ rule, title, severity, source }) => ({
      rule,
      title,
      severity,
      source,
    })),
  };
}
