import type { Datatype } from '@sillage/tensors';
import type { InferenceSession } from 'onnxruntime-node';
import type { Signature } from './manifest.ts';

/** ONNX Runtime's element types in the words of the Open Inference Protocol. */
export const datatypeOf: Readonly<Record<string, Datatype>> = {
  bool: 'BOOL',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  string: 'BYTES',
};

/** What an open ONNX file declares. */
export function signatureOf(session: InferenceSession): Signature {
  const read = (side: InferenceSession['inputMetadata']): Signature['inputs'] =>
    side.map((value) =>
      value.isTensor
        ? {
            name: value.name,
            datatype: datatypeOf[value.type] ?? value.type,
            // A dimension with a name is of any size.
            shape: value.shape.map((size) => (typeof size === 'number' ? size : -1)),
          }
        : { name: value.name, datatype: 'no tensor', shape: [] },
    );
  return { inputs: read(session.inputMetadata), outputs: read(session.outputMetadata) };
}
