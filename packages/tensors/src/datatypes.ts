/**
 * Element types of the Open Inference Protocol that ONNX Runtime can take and give, with the bytes of an element; 0
 * where elements differ in length. (BF16 is of the protocol too; onnxruntime-node has no tensors of it.)
 */
export const datatypeBytes = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
} as const;

export type Datatype = keyof typeof datatypeBytes;

export function isDatatype(text: string): text is Datatype {
  return Object.hasOwn(datatypeBytes, text);
}

const views = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Float16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

/** Datatypes whose elements all have one length. */
export type FixedDatatype = keyof typeof views;
/** Elements of a tensor that are no BYTES. */
export type Elements = InstanceType<(typeof views)[FixedDatatype]>;

/** The bytes as elements: a view where they lie on a boundary of elements, else a copy. The machine is little-endian. */
export function elementsOf(datatype: FixedDatatype, bytes: Uint8Array): Elements {
  const View = views[datatype];
  const size = datatypeBytes[datatype];
  // Not slice(): that of a Buffer is a view.
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new View(buffer as ArrayBuffer, byteOffset, bytes.byteLength / size);
}

/** Room for `count` elements. */
export function newElements(datatype: FixedDatatype, count: number): Elements {
  return new views[datatype](count);
}

export function bytesOf(elements: Elements): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/** How many elements a tensor of this shape has: 1 of a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** For messages: `[2, 3]`, with -1 for any size. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
