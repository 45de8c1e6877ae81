import { invalidField } from '@sillage/kit/errors';

/** Elements of a BYTES tensor, each with its length before it. */
export function packBytes(elements: readonly Uint8Array[]): Uint8Array {
  const packed = new Uint8Array(elements.reduce((sum, element) => sum + 4 + element.byteLength, 0));
  const view = new DataView(packed.buffer);
  let offset = 0;
  for (const element of elements) {
    view.setUint32(offset, element.byteLength, true);
    packed.set(element, offset + 4);
    offset += 4 + element.byteLength;
  }
  return packed;
}

/**
 * The elements of a BYTES tensor, as parts of `packed`. @throws AppError invalid_input at `pointer` when they are not
 * `count` elements that fill the bytes.
 */
export function unpackBytes(packed: Uint8Array, count: number, pointer: string): Uint8Array[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const elements: Uint8Array[] = [];
  let offset = 0;
  while (offset < packed.byteLength) {
    const end = offset + 4 <= packed.byteLength ? offset + 4 + view.getUint32(offset, true) : Infinity;
    if (end > packed.byteLength || elements.length === count) {
      const what =
        elements.length === count
          ? `has ${packed.byteLength - offset} bytes after its ${count} elements`
          : `ends inside element ${elements.length} of ${count}`;
      throw invalidField(pointer, `${what}; each element of BYTES is its length as 4 bytes, then its bytes`);
    }
    elements.push(packed.subarray(offset + 4, end));
    offset = end;
  }
  if (elements.length < count) {
    throw invalidField(pointer, `holds ${elements.length} elements of BYTES; the shape asks for ${count}`);
  }
  return elements;
}

/** Where each row of `perRow` elements ends in the bytes, after `unpackBytes` has held. */
export function bytesRowEnds(packed: Uint8Array, rows: number, perRow: number): number[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const ends: number[] = [];
  let offset = 0;
  for (let row = 0; row < rows; row++) {
    for (let element = 0; element < perRow; element++) offset += 4 + view.getUint32(offset, true);
    ends.push(offset);
  }
  return ends;
}
