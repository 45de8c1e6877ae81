// ONNX Runtime alone, in a process of its own: tensors are made first, only running them is timed.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { baseModel, odourBatches, odourInputs } from './odour-batches.ts';

const session = await InferenceSession.create(join(baseModel, 'model.onnx'), {
  intraOpNumThreads: availableParallelism(),
});

process.on('message', (molecules: string[]) => {
  void run(molecules).then((seconds) => process.send?.(seconds));
});

async function run(molecules: readonly string[]): Promise<number> {
  const ready = (await odourBatches(molecules)).map((batch) =>
    Object.fromEntries(
      odourInputs(batch).map(({ name, type, data, shape }) => [
        name,
        new Tensor(type, data as Float32Array, shape),
      ]),
    ),
  );
  const started = performance.now();
  for (const batch of ready) await session.run(batch);
  return (performance.now() - started) / 1000;
}
