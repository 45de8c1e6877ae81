import type { RowOutputs } from '../serving/engines.ts';

/** Values as bytes, and back. */
export interface Codec<V> {
  readonly encode: (value: V) => Uint8Array;
  /** Undefined for bytes that are none of ours. */
  readonly decode: (bytes: Uint8Array) => V | undefined;
  /** Memory that a value takes, bytes. */
  readonly sizeOf: (value: V) => number;
}

/** Per array: the typed array, its buffer and its name in an object, measured. */
const arrayOverheadBytes = 200;

/** A row of a model: for each output uint8 length of the name, name, uint16 number of values, then float32 values; little-endian. */
export const rowCodec: Codec<RowOutputs> = {
  encode: (row) => {
    const outputs = Object.entries(row).map(([name, values]) => ({ name: Buffer.from(name), values }));
    const bytes = Buffer.alloc(
      outputs.reduce((sum, { name, values }) => sum + 3 + name.length + 4 * values.length, 0),
    );
    let at = 0;
    for (const { name, values } of outputs) {
      at = bytes.writeUInt8(name.length, at);
      at += name.copy(bytes, at);
      at = bytes.writeUInt16LE(values.length, at);
      for (const value of values) at = bytes.writeFloatLE(value, at);
    }
    return bytes;
  },
  decode: (packed) => {
    const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
    const row: Record<string, Float32Array> = {};
    try {
      for (let at = 0; at < bytes.length; ) {
        const nameEnd = at + 1 + bytes.readUInt8(at);
        const name = bytes.toString('utf8', at + 1, nameEnd);
        const values = new Float32Array(bytes.readUInt16LE(nameEnd));
        at = nameEnd + 2;
        for (let index = 0; index < values.length; index += 1, at += 4) values[index] = bytes.readFloatLE(at);
        row[name] = values;
      }
    } catch {
      return undefined;
    }
    return row;
  },
  sizeOf: (row) =>
    Object.values(row).reduce((sum, values) => sum + values.byteLength + arrayOverheadBytes, 0),
};
