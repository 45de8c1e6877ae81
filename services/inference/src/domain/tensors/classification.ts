import { AppError } from '@sillage/kit/errors';
import { elementsOf, packBytes, type RawTensor } from '@sillage/tensors';

const utf8 = new TextEncoder();

/**
 * The highest `count` values of each row as text, highest first, as Triton's classification extension writes them:
 * "value:index", and ":label" where there is a label for the index. A row is the last dimension of an output with two
 * or more dimensions, or all of one. @throws AppError invalid_input for an output without numbers.
 */
export function classify(output: RawTensor, count: number, labels: readonly string[]): RawTensor {
  const { name, datatype, shape, bytes } = output;
  if (datatype === 'BYTES' || datatype === 'BOOL') {
    throw new AppError('invalid_input', `output ${name} is ${datatype}; only numbers can be classified`);
  }
  const values = Array.from(elementsOf(datatype, bytes) as ArrayLike<number | bigint>, Number);
  const width = shape.at(-1) ?? 1;
  const kept = Math.min(count, width);
  const texts: Uint8Array[] = [];
  for (let start = 0; start < values.length; start += width) {
    const row = values.slice(start, start + width).map((value, index) => ({ value, index }));
    for (const { value, index } of row.sort((a, b) => b.value - a.value).slice(0, kept)) {
      const label = labels[index];
      texts.push(utf8.encode(`${value.toFixed(6)}:${index}${label === undefined ? '' : `:${label}`}`));
    }
  }
  return { name, datatype: 'BYTES', shape: [...shape.slice(0, -1), kept], bytes: packBytes(texts) };
}
