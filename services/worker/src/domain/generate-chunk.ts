import {
  type CandidateJson,
  costliestRule,
  type GenerateRequest,
  type GenerateResponse__Output,
  type MoleculeJson,
  presentCandidates,
  presentGenerateStarted,
  presentMolecule,
  presentStatistics,
  toGenerateRequest,
} from '@sillage/contracts';
import { addStatistics, type JobSummary } from '@sillage/jobs';
import type { ChunkHandler, ChunkWork } from './handler.ts';
import { callSeed } from './seeds.ts';

export interface Generator {
  /** All chunks of a job go to one of several pools that serve it. */
  generate(
    request: GenerateRequest,
    jobId: string,
    signal: AbortSignal,
  ): AsyncIterable<GenerateResponse__Output>;
}

/** Calls after which a chunk takes what it has: each samples anew, so what four did not find is not there. */
const maxTries = 4;

/**
 * New molecules for one chunk of a job. Asks again, with another seed, for what is missing: because the generator
 * ran dry, or because another chunk returned the same molecule first. A chunk that stays short says why.
 */
export function generateChunk(generator: Generator): ChunkHandler {
  return async (work) => {
    const { claim } = work;
    if (claim.job.kind !== 'generate') throw new TypeError('not a generate job');
    // Where another chunk ran dry already, this one does not try so hard.
    const tries = claim.job.summary.shortfall ? 1 : maxTries;
    const found = new Map<string, MoleculeJson | CandidateJson>();
    let told: JobSummary = {};
    for (let attempt = 0; ; attempt += 1) {
      const taken = new Set(await work.molecules());
      for (const smiles of taken) found.delete(smiles);
      const summary = await sample(generator, work, { input: claim.job.input, found, taken, attempt });
      const statistics = addStatistics(told.statistics, summary.statistics);
      told = { ...summary, ...told, ...(statistics ? { statistics } : {}) };
      const isLast = attempt + 1 >= tries;
      if (found.size < claim.rowCount && !isLast) continue;
      const outcome = await work.finish({
        rows: [...found.values()].map((molecule) => ({
          line: JSON.stringify(molecule),
          canonical: molecule.smiles,
        })),
        summary: told,
        acceptFewer: isLast
          ? `the generator found no further molecules that fit in ${tries === 1 ? 'one run' : `${tries} runs`}` +
            costliestRule(statistics?.rejected_by)
          : undefined,
      });
      if (outcome.kind === 'taken') continue;
      return { rows: outcome.kind === 'written' ? outcome.rows : 0, outcome: outcome.kind };
    }
  };
}

/** One Generate call; adds to `found` what is new to the job, and returns what was told. */
async function sample(
  generator: Generator,
  work: ChunkWork,
  run: {
    readonly input: Parameters<typeof toGenerateRequest>[0] & { readonly seed: number };
    readonly found: Map<string, MoleculeJson | CandidateJson>;
    readonly taken: ReadonlySet<string>;
    readonly attempt: number;
  },
): Promise<JobSummary> {
  const { claim, signal, onProgress } = work;
  const { found, taken, attempt, input } = run;
  const request = toGenerateRequest(input, {
    count: claim.rowCount - found.size,
    seed: callSeed(input.seed, claim.index, attempt),
    excludeSmiles: [...taken, ...found.keys()],
  });
  let summary: JobSummary = {};
  const events = generator.generate(request, claim.jobId, signal);
  for await (const { started, molecule, candidates, finished } of events) {
    if (started) {
      const { seed: _, ...rest } = presentGenerateStarted(started);
      summary = { ...summary, ...rest };
    }
    const drawn = molecule ? [presentMolecule(molecule)] : candidates ? presentCandidates(candidates) : [];
    for (const one of drawn) {
      if (found.size < claim.rowCount && !taken.has(one.smiles)) found.set(one.smiles, one);
    }
    if (drawn.length > 0) onProgress(found.size);
    if (finished) summary = { ...summary, statistics: presentStatistics(finished) };
  }
  return summary;
}
