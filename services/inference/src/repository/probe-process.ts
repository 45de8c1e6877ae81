import { InferenceSession } from 'onnxruntime-node';
import type { ProbeAnswer } from './probe.ts';
import { signatureOf } from './signature.ts';

/** Entry of the process that opens ONNX files of unknown making: one path in, what the file declares or a reason out. */
process.on('message', ({ file }: { file: string }) => {
  void open(file).then((answer) => process.send?.(answer));
});
process.on('disconnect', () => process.exit(0));

async function open(file: string): Promise<ProbeAnswer> {
  try {
    const session = await InferenceSession.create(file, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    const signature = signatureOf(session);
    await session.release();
    return { kind: 'opened', signature };
  } catch (error) {
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}
