import { AppError, type FieldError } from '@sillage/kit/errors';
import {
  datatypeBytes,
  elementCount,
  elementsOf,
  isDatatype,
  type RawTensor,
  shapeText,
  unpackBytes,
} from '@sillage/tensors';
import type { DeclaredTensor, Signature } from '../../repository/manifest.ts';

export interface InputRules {
  readonly signature: Signature;
  /** Most rows of a request; undefined where the first dimension is none of rows. */
  readonly maxRows: number | undefined;
  readonly refusesNaN: boolean;
  /** Most elements of all inputs together. */
  readonly maxElements: number;
}

/**
 * Rows of a request, 1 where the model has none. @throws AppError invalid_input that names every wrong tensor, or
 * too_large.
 */
export function checkInputs(inputs: readonly RawTensor[], rules: InputRules): number {
  const declared = new Map(rules.signature.inputs.map((tensor) => [tensor.name, tensor]));
  const known = [...declared.keys()].join(', ');
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [index, input] of inputs.entries()) {
    const pointer = `/inputs/${index}`;
    const tensor = declared.get(input.name);
    if (tensor === undefined) {
      errors.push({
        pointer: `${pointer}/name`,
        detail: `the model has no input ${input.name}; it has ${known}`,
      });
    } else if (seen.has(input.name)) {
      errors.push({ pointer: `${pointer}/name`, detail: `input ${input.name} is given twice` });
    } else {
      errors.push(...tensorErrors(input, tensor, pointer, rules));
    }
    seen.add(input.name);
  }
  const missing = [...declared.keys()].filter((name) => !seen.has(name));
  if (missing.length > 0) {
    errors.push({ pointer: '/inputs', detail: `${missing.join(', ')} is missing; the model takes ${known}` });
  }
  const [first] = errors;
  if (first) throw new AppError('invalid_input', first.detail, { errors });
  checkSize(inputs, rules);
  return rules.maxRows === undefined ? 1 : rowsOf(inputs, rules.maxRows);
}

function checkSize(inputs: readonly RawTensor[], { maxElements }: InputRules): void {
  const elements = inputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (elements > maxElements) {
    throw new AppError(
      'too_large',
      `the inputs have ${elements} elements; this model takes at most ${maxElements}`,
    );
  }
}

function rowsOf(inputs: readonly RawTensor[], maxRows: number): number {
  const rows = inputs[0]?.shape[0] ?? 1;
  for (const [index, { name, shape }] of inputs.entries()) {
    if (shape[0] === rows) continue;
    const detail = `input ${name} has ${shape[0]} rows, ${inputs[0]?.name} has ${rows}; all inputs must have as many`;
    throw new AppError('invalid_input', detail, {
      errors: [{ pointer: `/inputs/${index}/shape/0`, detail }],
    });
  }
  if (rows > maxRows) {
    throw new AppError(
      'too_large',
      `the request has ${rows} rows; this model takes at most ${maxRows} in one`,
    );
  }
  return rows;
}

function tensorErrors(
  input: RawTensor,
  tensor: DeclaredTensor,
  pointer: string,
  rules: InputRules,
): FieldError[] {
  const { name, datatype, shape, bytes } = input;
  if (datatype !== tensor.datatype) {
    return [
      { pointer: `${pointer}/datatype`, detail: `input ${name} must be ${tensor.datatype}, not ${datatype}` },
    ];
  }
  const at = `${pointer}/shape`;
  const wanted = tensor.shape;
  // A file that declares no dimensions may mean a scalar or say nothing; ONNX Runtime knows.
  const isLike =
    wanted.length === 0 ||
    (shape.length === wanted.length &&
      shape.every((size, axis) => wanted[axis] === -1 || wanted[axis] === size));
  if (!isLike) {
    const detail = `input ${name} must have the shape ${shapeText(wanted)}, not ${shapeText(shape)}`;
    return [{ pointer: at, detail }];
  }
  const count = elementCount(shape);
  // ONNX Runtime ends the process on some operators that get no elements, and no model has anything to say to none.
  if (count === 0)
    return [{ pointer: at, detail: `input ${name} has the shape ${shapeText(shape)}: no elements` }];
  if (!Number.isSafeInteger(count)) return [{ pointer: at, detail: `input ${name} has too many elements` }];
  if (datatype === 'BYTES') return bytesErrors(bytes, count, pointer, name);
  const size = count * datatypeBytes[datatype];
  if (bytes.byteLength !== size) {
    const detail = `input ${name} has ${bytes.byteLength} bytes; ${datatype} of the shape ${shapeText(shape)} has ${size}`;
    return [{ pointer, detail }];
  }
  const nan = rules.refusesNaN ? firstNaN(input) : -1;
  return nan < 0
    ? []
    : [{ pointer, detail: `input ${name} is NaN at element ${nan}; this model takes numbers only` }];
}

function bytesErrors(bytes: Uint8Array, count: number, pointer: string, name: string): FieldError[] {
  try {
    unpackBytes(bytes, count, pointer);
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [{ pointer, detail: `input ${name} ${error.message}` }];
  }
}

function firstNaN({ datatype, bytes }: RawTensor): number {
  if (datatype !== 'FP16' && datatype !== 'FP32' && datatype !== 'FP64') return -1;
  const elements = elementsOf(datatype, bytes) as ArrayLike<number>;
  for (let index = 0; index < elements.length; index++) if (Number.isNaN(elements[index])) return index;
  return -1;
}

/**
 * Which outputs a request gets: those it names, or all that are tensors. @throws AppError invalid_input for one that
 * the model does not have or that cannot be sent.
 */
export function chooseOutputs(names: readonly string[], { outputs }: Signature): string[] {
  const sendable = outputs.filter(({ datatype }) => isDatatype(datatype)).map(({ name }) => name);
  const errors = names.flatMap((name, index) => {
    const pointer = `/outputs/${index}/name`;
    if (names.indexOf(name) < index) return [{ pointer, detail: `output ${name} is asked for twice` }];
    if (sendable.includes(name)) return [];
    const found = outputs.find((output) => output.name === name);
    return [
      {
        pointer,
        detail: found
          ? `output ${name} is ${found.datatype}, which cannot be sent`
          : `the model has no output ${name}; it has ${sendable.join(', ')}`,
      },
    ];
  });
  const [first] = errors;
  if (first) throw new AppError('invalid_input', first.detail, { errors });
  return names.length > 0 ? [...names] : sendable;
}
