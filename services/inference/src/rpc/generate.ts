import type { GenerateRequest__Output, GenerateResponse } from '@sillage/contracts';
import type { Metrics, RequestContext } from '@sillage/kit';
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
    } else if (event.kind === 'finished') {
      this.#sampled += event.sampled;
      this.#valid += event.valid;
    }
  }
}

function inputOf(request: GenerateRequest__Output): GenerateInput {
  const { maxMolecularWeight, minMatch, novelOnly, excludeAllergens } = request.constraints ?? {};
  return {
    description: request.description,
    language: request.language,
    numMolecules: request.numMolecules,
    worker: request.worker,
    seed: request.seed,
    constraints: {
      ...(maxMolecularWeight === undefined ? {} : { maxMolecularWeight }),
      ...(minMatch === undefined ? {} : { minMatch }),
      ...(novelOnly === undefined ? {} : { novelOnly }),
      ...(excludeAllergens === undefined ? {} : { excludeAllergens }),
    },
    excludeSmiles: request.excludeSmiles,
    unconditioned: request.unconditioned,
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
          understood: Object.fromEntries(event.understood),
          unrecognised: [...event.unrecognised],
          seed: event.seed,
        },
      };
    case 'progress':
      return { progress: { sampled: event.sampled, valid: event.valid, accepted: event.accepted } };
    case 'molecule':
      return { molecule: moleculeMessage(event.molecule) };
    case 'finished': {
      const { sampled, valid, unique, novel } = event;
      return { finished: { sampled, valid, unique, novel, timing: timing(event, startedMs) } };
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
    safetyScore: molecule.safetyScore,
    safetyFlags: molecule.safetyFlags.map(({ rule, title, severity, source }) => ({
      rule,
      title,
      severity,
      source,
    })),
  };
}
