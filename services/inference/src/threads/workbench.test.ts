import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FragmentScores } from '@sillage/chem';
import { AppError } from '@sillage/kit';
import { isOutOfMemory } from '../serving/engines.ts';
import { hasCudaProvider } from './cuda-provider.ts';
import type { Device } from './protocol.ts';
import { Workbench } from './workbench.ts';

const file = join(import.meta.dirname, '../../../../models/olfactory-fast/1/model.onnx');
const benchOf = (device: Device) =>
  Workbench.open({ models: [], device, intraOpThreads: 1, fragmentScores: FragmentScores.load().memory });

// Where the provider is, what follows depends on the machine's GPU.
const withoutProvider = hasCudaProvider() ? test.skip : test;

withoutProvider('cuda without its provider refuses, and says what is missing and what would do', async () => {
  const bench = await benchOf('cuda');
  await expect(bench.openFile(file)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^DEVICE=cuda, but .* is not beside onnxruntime-node\. .*DEVICE=auto$/),
  });
});

withoutProvider.each(['auto', 'cpu'] as const)('%s opens the model on the CPU', async (device) => {
  const { device: opened, session } = await (await benchOf(device)).openFile(file);
  expect(opened).toBe('cpu');
  await session.release();
});

withoutProvider('a model may be on the CPU while the server is for a GPU', async () => {
  const { device, session } = await (await benchOf('cuda')).openFile(file, 'cpu');
  expect(device).toBe('cpu');
  await session.release();
});

test.each([
  [
    true,
    'Non-zero status code returned while running Gemm node. bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 4194304',
  ],
  [true, 'CUDA failure 2: out of memory ; GPU=0'],
  [true, 'CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED'],
  [false, 'Got invalid dimensions for input: atoms'],
])('out of memory is %s of: %s', (expected, internal) => {
  expect(isOutOfMemory(new AppError('model_failed', 'the model failed', { internal }))).toBe(expected);
});
