import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether ONNX Runtime's CUDA provider is there: its package brings the CPU alone, the image for GPUs puts it beside. */
export function hasCudaProvider(): boolean {
  const entry = fileURLToPath(import.meta.resolve('onnxruntime-node'));
  const binaries = join(dirname(entry), '..', 'bin');
  return readdirSync(binaries, { recursive: true }).some((file) =>
    /onnxruntime_providers_cuda\.(so|dll)$/.test(String(file)),
  );
}
