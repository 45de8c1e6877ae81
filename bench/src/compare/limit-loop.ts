// What the processor gives at best, without HTTP, queue or process borders: molecules a second of ONNX Runtime on ready
// tensors, and of chemistry + ONNX Runtime in a tight loop over requests, one after another, on the cores it is given.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Chem, collate, loadOdourFeatures, type OdourFeatures } from '@sillage/chem';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { batches } from '../molecules.ts';
import { baseModel, odourInputs } from '../odour-batches.ts';

export interface LimitTask {
  readonly kind: 'tensors' | 'chemistry';
  readonly molecules: readonly string[];
  /** Molecules of a request. */
  readonly perRequest: number;
  readonly seconds: number;
}

/** Molecules of one run of the model: the best of 8 to 128 for this model on a CPU. */
const perRun = 32;

const chem = await Chem.load();
const featuriser = loadOdourFeatures(JSON.parse(readFileSync(join(baseModel, 'features.json'), 'utf8')));
const session = await InferenceSession.create(join(baseModel, 'model.onnx'), {
  intraOpNumThreads: availableParallelism(),
});
type Feeds = Record<string, Tensor>;

process.on('message', (task: LimitTask) => {
  void run(task).then((rate) => process.send?.({ rate }));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function run({ kind, molecules, perRequest, seconds }: LimitTask): Promise<number> {
  const requests = [...batches(molecules, perRequest)];
  const ready = kind === 'tensors' ? requests.map((request) => feedsOf(read(request))) : undefined;
  const started = performance.now();
  let done = 0;
  for (let turn = 0; performance.now() - started < seconds * 1000; turn += 1) {
    const index = turn % requests.length;
    for (const feeds of ready?.[index] ?? feedsOf(read(requests[index] ?? []))) await session.run(feeds);
    done += perRequest;
  }
  return (done / (performance.now() - started)) * 1000;
}

/** As the service reads: the canonical SMILES belongs to the answer. */
function read(request: readonly string[]): OdourFeatures[] {
  return request.map((smiles) =>
    chem.with(smiles, (molecule) => {
      if (molecule.canonicalSmiles === '') throw new Error(`${smiles} has no canonical SMILES`);
      return featuriser.features(molecule.canonicalGraph());
    }),
  );
}

/** Molecules of about one length together, so that little is padded. */
function feedsOf(features: readonly OdourFeatures[]): Feeds[] {
  const sorted = [...features].sort((a, b) => a.atomCount - b.atomCount);
  const runs: OdourFeatures[][] = [];
  for (let start = 0; start < sorted.length; start += perRun) runs.push(sorted.slice(start, start + perRun));
  return runs.map((rows) =>
    Object.fromEntries(
      odourInputs(collate(rows)).map(({ name, type, data, shape }) => [
        name,
        new Tensor(type, data as Float32Array, shape),
      ]),
    ),
  );
}
