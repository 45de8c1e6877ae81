import { bytesRowEnds, elementCount, type RawTensor } from '@sillage/tensors';

/**
 * Tensors of several requests as those of one, row after row; all have the same inputs in the same order, alike but
 * for their rows. The bytes are new, so that they can be handed to a thread and the request's stay whole.
 */
export function joinRows(requests: readonly (readonly RawTensor[])[]): RawTensor[] {
  const [first] = requests;
  return (first ?? []).map(({ name, datatype, shape }, index) => {
    const parts = requests.map((inputs) => inputs[index]?.bytes ?? new Uint8Array());
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let offset = 0;
    for (const part of parts) {
      bytes.set(part, offset);
      offset += part.byteLength;
    }
    const rows = requests.reduce((sum, inputs) => sum + (inputs[index]?.shape[0] ?? 0), 0);
    return { name, datatype, shape: requests.length === 1 ? shape : [rows, ...shape.slice(1)], bytes };
  });
}

/**
 * Outputs of a joined run, one list for each of `rows`. @throws Error when an output does not have one row for each
 * row that went in: such a model cannot be batched.
 */
export function splitRows(outputs: readonly RawTensor[], rows: readonly number[]): RawTensor[][] {
  if (rows.length === 1) return [[...outputs]];
  const total = rows.reduce((sum, count) => sum + count, 0);
  const ends = outputs.map(({ name, datatype, shape, bytes }) => {
    if (shape[0] !== total)
      throw new Error(`output ${name} has ${shape[0] ?? 'no'} rows for a batch of ${total}`);
    if (datatype === 'BYTES') return bytesRowEnds(bytes, total, elementCount(shape.slice(1)));
    const width = bytes.byteLength / total;
    return Array.from({ length: total }, (_, row) => (row + 1) * width);
  });
  let row = 0;
  return rows.map((count) => {
    const from = row;
    row += count;
    return outputs.map((output, index) => {
      const start = from === 0 ? 0 : (ends[index]?.[from - 1] ?? 0);
      // A copy: an answer that is kept in a cache must not keep its whole batch.
      const bytes = output.bytes.slice(start, ends[index]?.[row - 1]);
      return { ...output, shape: [count, ...output.shape.slice(1)], bytes };
    });
  });
}

/** Requests of one group can run as one: the same inputs and outputs, alike but for their rows. */
export function groupOf(inputs: readonly RawTensor[], outputs: readonly string[]): string {
  return JSON.stringify([inputs.map(({ name, shape }) => [name, shape.slice(1)]), outputs]);
}
