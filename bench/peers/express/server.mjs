// Express as its guide for production has it (NODE_ENV=production, one process a core by node:cluster), with
// onnxruntime-node and packages/chem, and without our engine: no batches, no threads, no fleet.
// https://expressjs.com/en/advanced/best-practice-performance.html
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Chem, collate, loadOdourFeatures, odourConfidence } from '@sillage/chem';
import express from 'express';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const cores = availableParallelism();
if (cores > 1 && cluster.isPrimary) {
  for (let core = 0; core < cores; core += 1) cluster.fork();
} else {
  await serve();
}

async function serve() {
  const folder = process.env.ODOUR_MODEL;
  const { name, version, labels, confidence } = JSON.parse(process.env.ODOUR_MANIFEST);
  const chem = await Chem.load();
  const featuriser = loadOdourFeatures(JSON.parse(readFileSync(join(folder, 'features.json'), 'utf8')));
  const session = await InferenceSession.create(join(folder, 'model.onnx'), { intraOpNumThreads: 1 });
  const outputs = session.outputNames.filter((output) => output !== 'embedding');
  const cache = process.env.PEER_CACHE === '1' ? new Map() : undefined;
  const round = (value, places) => Number(value.toFixed(places));

  const predict = async (smiles) => {
    const read = smiles.map((one) => chem.describe(one));
    const features = read.map(({ graph }) => featuriser.features(graph));
    const { rows, longest, atoms, relation, environment } = collate(features);
    const found = await session.run(
      {
        atoms: new Tensor('int32', atoms, [rows, longest, atoms.length / (rows * longest)]),
        relation: new Tensor('uint8', relation, [rows, longest, longest]),
        environment: new Tensor('float32', environment, [rows, environment.length / rows]),
      },
      outputs,
    );
    const all = found.probabilities.data;
    return smiles.map((input, row) => {
      const probabilities = all.subarray(row * labels.length, (row + 1) * labels.length);
      const best = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]).slice(0, 5);
      const notes = best.map((note) => ({
        note: labels[note],
        probability: round(probabilities[note], 4),
      }));
      return {
        input,
        smiles: read[row].canonical,
        primary_notes: notes.slice(0, 3).map(({ note }) => note),
        notes,
        intensity: round(found.intensity.data[row], 2),
        pleasantness: round(found.pleasantness.data[row], 2),
        detection_threshold: round(found.detection_threshold.data[row], 4),
        odorous: round(found.odorous.data[row], 4),
        confidence: round(odourConfidence(probabilities, features[row].knownFraction, confidence), 4),
        cached: false,
      };
    });
  };
  const rowsOf = async (smiles) => {
    if (!cache) return predict(smiles);
    const missing = [...new Set(smiles)].filter((one) => !cache.has(one));
    if (missing.length > 0) {
      for (const row of await predict(missing)) cache.set(row.input, { ...row, cached: true });
    }
    return smiles.map((one) => cache.get(one));
  };

  const app = express();
  app.use(express.json());
  app.post('/api/v1/predict', async (request, response) => {
    const { smiles } = request.body;
    const predictions = await rowsOf(typeof smiles === 'string' ? [smiles] : smiles);
    const timing = { queue_ms: 0, inference_ms: 0, total_ms: 0 };
    response.json({ model: { name, version }, predictions, timing });
  });
  app.listen(Number(process.env.PORT), '127.0.0.1');
}
