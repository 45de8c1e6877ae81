import { AppError } from '@sillage/kit';

const modelNameField = 1;
const modelVersionField = 2;
const utf8 = new TextDecoder();

/**
 * The model and version that an encoded ModelInferRequest names, without reading its tensors: only the fields at the top are
 * walked over (protobuf.dev/programming-guides/encoding). Of several names the last holds, as for any reader of
 * protobuf. @throws AppError invalid_input for bytes that are no message.
 */
export function modelNameOf(message: Uint8Array): { readonly name: string; readonly version: string } {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let offset = 0;
  let name = '';
  let version = '';
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      if (offset >= view.byteLength) throw malformed();
      const byte = view.getUint8(offset);
      offset += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw malformed();
  };
  while (offset < message.byteLength) {
    const tag = varint();
    const length = lengthOf(tag % 8, varint);
    const end = offset + length;
    if (end > message.byteLength) throw malformed();
    const field = tag % 8 === 2 ? Math.floor(tag / 8) : 0;
    if (field === modelNameField) name = utf8.decode(message.subarray(offset, end));
    if (field === modelVersionField) version = utf8.decode(message.subarray(offset, end));
    offset = end;
  }
  return { name, version };
}

/** Bytes of a value by its wire type. */
function lengthOf(wireType: number, varint: () => number): number {
  if (wireType === 0) {
    varint();
    return 0;
  }
  if (wireType === 1) return 8;
  if (wireType === 2) return varint();
  if (wireType === 5) return 4;
  // Groups went out of use before this protocol began.
  throw malformed();
}

function malformed(): AppError {
  return new AppError('invalid_input', 'the message is not a ModelInferRequest');
}
