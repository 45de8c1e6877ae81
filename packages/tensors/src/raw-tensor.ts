import type { Datatype } from './datatypes.ts';

/**
 * A tensor as it travels: elements in row-major order, little-endian, BOOL as one byte, BYTES each with its length
 * before it as uint32.
 */
export interface RawTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}
