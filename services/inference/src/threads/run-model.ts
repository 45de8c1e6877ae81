import { ATOM_FIELDS, collate } from '@sillage/chem';
import type { Tensor } from 'onnxruntime-node';
import { isCountsOnly } from '../repository/model-version.ts';
import { signatureOf } from '../repository/signature.ts';
import { fromColumns, type PackedRows, unpackFeatures } from './packed-features.ts';
import type { OutputOf, RunOutputs } from './protocol.ts';
import type { OpenModel, Workbench } from './workbench.ts';

/** Opens a model and reads what its file declares. */
export async function load(bench: Workbench, { model }: { model: string }): Promise<OutputOf<'load'>> {
  const { session, device } = await bench.model(model);
  return { signature: signatureOf(session), device };
}

/** A batch of molecules through the odour model. */
export async function odour(
  bench: Workbench,
  { model, rows }: { model: string; rows: PackedRows },
): Promise<RunOutputs> {
  const open = await bench.model(model);
  const features = fromColumns(rows).map(unpackFeatures);
  if (isCountsOnly(open.version)) {
    // A model that looks at the counts alone is fast because nothing is padded for it.
    const { data, width } = stack(features.map(({ environment }) => environment));
    return run(open, features.length, {
      environment: await bench.tensor('float32', data, [features.length, width]),
    });
  }
  const batch = collate(features);
  const { longest } = batch;
  const width = batch.environment.length / batch.rows;
  const feeds = {
    atoms: await bench.tensor('int32', batch.atoms, [batch.rows, longest, ATOM_FIELDS]),
    relation: await bench.tensor('uint8', batch.relation, [batch.rows, longest, longest]),
    environment: await bench.tensor('float32', batch.environment, [batch.rows, width]),
  };
  return run(open, batch.rows, feeds);
}

/** Rows of one width, one after another. */
function stack(rows: readonly Float32Array[]): { data: Float32Array; width: number } {
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [row, values] of rows.entries()) data.set(values, row * width);
  return { data, width };
}

/** A batch of e-nose feature vectors through the classifier. */
export async function enose(
  bench: Workbench,
  { model, rows }: { model: string; rows: readonly Float32Array[] },
): Promise<RunOutputs> {
  const open = await bench.model(model);
  const { data, width } = stack(rows);
  const input = open.version.manifest.inputs[0]?.name ?? 'features';
  return run(open, rows.length, { [input]: await bench.tensor('float32', data, [rows.length, width]) });
}

async function run(open: OpenModel, rows: number, feeds: Record<string, Tensor>): Promise<RunOutputs> {
  const fetches = open.version.manifest.outputs.map(({ name }) => name);
  const started = performance.now();
  const results = await open.session.run(feeds, fetches);
  const inferenceMs = performance.now() - started;
  const outputs: Record<string, Float32Array> = {};
  for (const name of fetches) {
    outputs[name] = floats(results[name], name);
    results[name]?.dispose();
  }
  return { rows, outputs, inferenceMs };
}

/** The numbers of an FP32 output. */
export function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`output ${name} is not FP32`);
  return tensor.data;
}
