import { agreements } from '../domain/evaluation/metrics.ts';
import { nearest } from '../domain/prediction/nearest.ts';
import { readStructures } from './constraints.ts';
import { describe, molblocks } from './describe.ts';
import { details } from './details.ts';
import { draw, hideAtoms } from './explain.ts';
import { Generations } from './generate.ts';
import type { InputOf, OutputOf, TaskKind } from './protocol.ts';
import { enose, load, odour } from './run-model.ts';
import { TensorRunner } from './run-tensors.ts';
import type { Workbench } from './workbench.ts';

/** One function per kind of task. */
export function makeTasks(bench: Workbench): {
  [K in TaskKind]: (input: InputOf<K>) => Promise<OutputOf<K>>;
} {
  const generations = new Generations(bench);
  const tensors = new TensorRunner(bench);
  return {
    load: (input) => load(bench, input),
    'open-tensors': (input) => tensors.open(input),
    'forget-tensors': (input) => tensors.forget(input),
    tensors: (input) => tensors.run(input),
    describe: (input) => describe(bench, input),
    odour: (input) => odour(bench, input),
    enose: (input) => enose(bench, input),
    nearest: async ({ vectors, queries, count, allowed }) =>
      queries.map((query) => nearest(vectors, query, count, allowed)),
    'hide-atoms': (input) => hideAtoms(bench, input),
    draw: (input) => draw(bench, input),
    agreements: async (judged) => agreements(judged),
    details: (input) => details(bench, input),
    molblocks: (input) => molblocks(bench, input),
    'read-structures': (input) => readStructures(bench, input),
    'generate-open': (input) => generations.open(input),
    'generate-next': (input) => generations.next(input),
    'generate-close': (input) => generations.close(input),
  };
}
