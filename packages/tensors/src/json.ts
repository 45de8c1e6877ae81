import { invalidField } from '@sillage/kit/errors';
import { packBytes, unpackBytes } from './bytes-elements.ts';
import { bytesOf, type Datatype, elementsOf, type FixedDatatype, newElements } from './datatypes.ts';

const ranges: Readonly<Partial<Record<Datatype, readonly [bigint, bigint]>>> = {
  UINT8: [0n, 0xffn],
  UINT16: [0n, 0xffffn],
  UINT32: [0n, 0xffff_ffffn],
  UINT64: [0n, 0xffff_ffff_ffff_ffffn],
  INT8: [-0x80n, 0x7fn],
  INT16: [-0x8000n, 0x7fffn],
  INT32: [-0x8000_0000n, 0x7fff_ffffn],
  INT64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
};

/** Lists nested deeper are no tensor anybody has. */
const maxDepth = 32;
const utf8 = new TextEncoder();

/**
 * The `data` of a tensor in JSON, flat or nested, as bytes. Numbers may be bigint, for what a double cannot hold.
 * @throws AppError invalid_input that names the first element which does not fit, under `pointer`.
 */
export function encodeJson(datatype: Datatype, data: unknown, pointer: string): Uint8Array {
  if (!Array.isArray(data)) throw invalidField(pointer, 'must be a list of elements');
  const values = data.some(Array.isArray) ? flatten(data, pointer, []) : data;
  const wrong = (index: number, detail: string) => invalidField(`${pointer}/${index}`, detail);
  if (datatype === 'BYTES') {
    return packBytes(
      values.map((value, index) => {
        if (typeof value !== 'string') throw wrong(index, `must be a text, not ${show(value)}`);
        return utf8.encode(value);
      }),
    );
  }
  return bytesOf(encodeFixed(datatype, values, wrong));
}

type Wrong = (index: number, detail: string) => Error;

function encodeFixed(datatype: FixedDatatype, values: readonly unknown[], wrong: Wrong) {
  const elements = newElements(datatype, values.length);
  const range = ranges[datatype];
  for (const [index, value] of values.entries()) {
    if (datatype === 'BOOL') {
      if (typeof value !== 'boolean') throw wrong(index, `must be true or false, not ${show(value)}`);
      elements[index] = value ? 1 : 0;
    } else if (range) {
      const [least, most] = range;
      const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
      if (!isWhole || value < least || value > most) {
        throw wrong(index, `must be a whole number from ${least} to ${most}, not ${show(value)}`);
      }
      elements[index] =
        elements instanceof BigInt64Array || elements instanceof BigUint64Array
          ? BigInt(value)
          : Number(value);
    } else {
      if (typeof value !== 'number' && typeof value !== 'bigint') {
        throw wrong(index, `must be a number, not ${show(value)}`);
      }
      const number = Number(value);
      elements[index] = number;
      if (!Number.isFinite(Number(elements[index])))
        throw wrong(index, `${number} is beyond what ${datatype} can hold`);
    }
  }
  return elements;
}

function flatten(list: readonly unknown[], pointer: string, into: unknown[], depth = 1): unknown[] {
  if (depth > maxDepth) throw invalidField(pointer, `is nested deeper than ${maxDepth} lists`);
  for (const value of list) {
    if (Array.isArray(value)) flatten(value, pointer, into, depth + 1);
    else into.push(value);
  }
  return into;
}

/** A wrong value as a message shows it, short. */
function show(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

const strict = new TextDecoder('utf-8', { fatal: true });

/**
 * Elements as the text of a flat JSON list. NaN becomes null. @throws AppError invalid_input for what JSON cannot
 * carry, infinities and BYTES that are not UTF-8: such an output can be asked for as binary data.
 */
export function decodeJson(tensor: {
  readonly name: string;
  readonly datatype: Datatype;
  readonly bytes: Uint8Array;
  readonly count: number;
}): string {
  const { name, datatype, bytes, count } = tensor;
  if (datatype === 'BYTES') {
    const texts = unpackBytes(bytes, count, '/outputs').map((element) => {
      try {
        return JSON.stringify(strict.decode(element));
      } catch {
        throw onlyBinary(name, 'text that is not UTF-8');
      }
    });
    return `[${texts.join(',')}]`;
  }
  const elements = elementsOf(datatype, bytes);
  if (datatype === 'BOOL') return `[${Array.from(bytes, (value) => (value ? 'true' : 'false')).join(',')}]`;
  if (datatype === 'FP16' || datatype === 'FP32' || datatype === 'FP64') {
    const numbers = Array.from(elements as ArrayLike<number>, Number);
    if (numbers.some((value) => value === Infinity || value === -Infinity))
      throw onlyBinary(name, 'infinite values');
    return JSON.stringify(numbers);
  }
  // Joined rather than stringified: 64-bit integers are exact and JSON.stringify refuses them.
  return `[${elements.join(',')}]`;
}

function onlyBinary(name: string, what: string): Error {
  return invalidField(
    '/outputs',
    `output ${name} has ${what}, which JSON cannot carry; ask for it with the parameter "binary_data": true`,
  );
}
