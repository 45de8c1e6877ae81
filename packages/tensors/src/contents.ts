import { invalidField } from '@sillage/kit/errors';
import { packBytes, unpackBytes } from './bytes-elements.ts';
import { type Datatype, elementsOf } from './datatypes.ts';
import { encodeJson } from './json.ts';

/** `InferTensorContents` of the protocol, as it arrives; 64-bit integers as text. */
export interface TypedContents {
  readonly boolContents: readonly boolean[];
  readonly intContents: readonly number[];
  readonly int64Contents: readonly string[];
  readonly uintContents: readonly number[];
  readonly uint64Contents: readonly string[];
  readonly fp32Contents: readonly number[];
  readonly fp64Contents: readonly number[];
  readonly bytesContents: readonly Uint8Array[];
}

/** The member that holds the elements of a datatype; FP16 has none. */
const members: Readonly<Partial<Record<Datatype, keyof TypedContents>>> = {
  BOOL: 'boolContents',
  INT8: 'intContents',
  INT16: 'intContents',
  INT32: 'intContents',
  INT64: 'int64Contents',
  UINT8: 'uintContents',
  UINT16: 'uintContents',
  UINT32: 'uintContents',
  UINT64: 'uint64Contents',
  FP32: 'fp32Contents',
  FP64: 'fp64Contents',
  BYTES: 'bytesContents',
};

export function hasTypedContents(datatype: Datatype): boolean {
  return members[datatype] !== undefined;
}

/** Typed contents as bytes. @throws AppError invalid_input when they are in another member than the datatype's. */
export function encodeContents(datatype: Datatype, contents: TypedContents, pointer: string): Uint8Array {
  const member = members[datatype];
  if (member === undefined) {
    throw invalidField(pointer, `${datatype} has no typed contents; send it in raw_input_contents`);
  }
  const other = (Object.keys(contents) as (keyof TypedContents)[]).find(
    (key) => key !== member && contents[key].length > 0,
  );
  if (other !== undefined) {
    throw invalidField(
      `${pointer}/${snake(other)}`,
      `must be empty: elements of ${datatype} go into ${snake(member)}`,
    );
  }
  if (member === 'bytesContents') return packBytes(contents.bytesContents);
  if (member === 'fp32Contents') return new Uint8Array(Float32Array.from(contents.fp32Contents).buffer);
  if (member === 'fp64Contents') return new Uint8Array(Float64Array.from(contents.fp64Contents).buffer);
  const values = contents[member];
  const isWide = member === 'int64Contents' || member === 'uint64Contents';
  return encodeJson(datatype, isWide ? values.map(BigInt) : values, `${pointer}/${snake(member)}`);
}

/** Bytes as typed contents; the datatype must have them. */
export function decodeContents(datatype: Datatype, bytes: Uint8Array, count: number): Partial<TypedContents> {
  const member = members[datatype];
  if (member === undefined || datatype === 'FP16') throw new Error(`${datatype} has no typed contents`);
  if (datatype === 'BYTES') return { bytesContents: unpackBytes(bytes, count, '/outputs') };
  const elements = elementsOf(datatype, bytes);
  if (datatype === 'BOOL') return { boolContents: Array.from(elements, Boolean) };
  const isWide = datatype === 'INT64' || datatype === 'UINT64';
  return { [member]: isWide ? Array.from(elements, String) : Array.from(elements, Number) };
}

/** The member's name as the protocol spells it. */
function snake(member: string): string {
  return member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
