import type {
  InferOutputTensor,
  InferParameter__Output,
  ModelInferRequest__Output,
  ModelInferResponse,
} from '@sillage/contracts';
import { invalidField } from '@sillage/kit';
import {
  decodeContents,
  elementCount,
  encodeContents,
  hasTypedContents,
  isDatatype,
  type RawTensor,
} from '@sillage/tensors';

type Input = ModelInferRequest__Output['inputs'][number];
type Parameters = Readonly<Record<string, InferParameter__Output>>;

/** No tensor has more dimensions. */
const maxRank = 16;
const memory = 'shared memory is not taken here: send the tensor in the request';

/** One output that a request names. */
export interface AskedOutput {
  readonly name: string;
  /** How many of the highest values, as text; undefined: the tensor. */
  readonly classes: number | undefined;
}

/** The tensors of a request, wherever it has their elements. @throws AppError invalid_input. */
export function readInputs(request: ModelInferRequest__Output): RawTensor[] {
  const { inputs, rawInputContents: raw } = request;
  if (raw.length > 0 && raw.length !== inputs.length) {
    const detail = `has ${raw.length} entries for ${inputs.length} inputs; each input needs one, and no contents`;
    throw invalidField('/raw_input_contents', detail);
  }
  return inputs.map((input, index) => {
    const pointer = `/inputs/${index}`;
    if ('shared_memory_region' in input.parameters) throw invalidField(`${pointer}/parameters`, memory);
    const { name, datatype } = input;
    if (!isDatatype(datatype)) {
      const what =
        datatype === 'BF16' ? 'cannot be run here; convert it to FP32' : 'is no datatype of the protocol';
      throw invalidField(`${pointer}/datatype`, `input ${name}: ${datatype || 'an empty text'} ${what}`);
    }
    return {
      name,
      datatype,
      shape: readShape(input, pointer),
      bytes: readBytes(input, datatype, raw[index], pointer),
    };
  });
}

function readShape({ name, shape }: Input, pointer: string): number[] {
  if (shape.length > maxRank) throw invalidField(`${pointer}/shape`, `has more than ${maxRank} dimensions`);
  return shape.map((text, axis) => {
    const size = Number(text);
    if (Number.isSafeInteger(size) && size >= 0) return size;
    throw invalidField(
      `${pointer}/shape/${axis}`,
      `input ${name}: ${text} is no size; a request has all sizes, from 0`,
    );
  });
}

function readBytes(
  { name, contents }: Input,
  datatype: RawTensor['datatype'],
  raw: Uint8Array | undefined,
  pointer: string,
): Uint8Array {
  const isFilled = contents !== null && Object.values(contents).some((values) => values.length > 0);
  if (raw === undefined) {
    if (contents === null)
      throw invalidField(pointer, `input ${name} has neither contents nor raw_input_contents`);
    return encodeContents(datatype, contents, `${pointer}/contents`);
  }
  if (isFilled) {
    throw invalidField(
      `${pointer}/contents`,
      `input ${name} has contents and raw_input_contents; send one of them`,
    );
  }
  return raw;
}

/** The outputs that a request names. @throws AppError invalid_input. */
export function readOutputs(request: ModelInferRequest__Output): AskedOutput[] {
  return request.outputs.map(({ name, parameters }, index) => {
    const pointer = `/outputs/${index}/parameters`;
    if ('shared_memory_region' in parameters) throw invalidField(pointer, memory);
    const classes = numberParameter(parameters, 'classification', pointer);
    return { name, classes: classes === undefined || classes === 0 ? undefined : classes };
  });
}

/** A parameter that is a whole number from 0; undefined where it is not given. @throws AppError invalid_input. */
export function numberParameter(parameters: Parameters, name: string, pointer: string): number | undefined {
  const parameter = parameters[name];
  if (parameter === undefined) return undefined;
  const number = Number(parameter.int64Param ?? parameter.uint64Param ?? Number.NaN);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw invalidField(`${pointer}/${name}`, `${name} must be a whole number from 0`);
}

/** The answer: raw to who sent raw bytes, typed to who sent typed contents where every output has them. */
export function inferResponse(
  request: ModelInferRequest__Output,
  model: { readonly name: string; readonly version: string },
  outputs: readonly RawTensor[],
): ModelInferResponse {
  const isTyped =
    request.rawInputContents.length === 0 &&
    request.inputs.length > 0 &&
    outputs.every(({ datatype }) => hasTypedContents(datatype));
  const head = { modelName: model.name, modelVersion: model.version, id: request.id };
  const described = outputs.map(
    ({ name, datatype, shape, bytes }): InferOutputTensor => ({
      name,
      datatype,
      shape: [...shape],
      ...(isTyped ? { contents: mutable(decodeContents(datatype, bytes, elementCount(shape))) } : {}),
    }),
  );
  return isTyped
    ? { ...head, outputs: described }
    : { ...head, outputs: described, rawOutputContents: outputs.map(({ bytes }) => bytes) };
}

function mutable(contents: ReturnType<typeof decodeContents>): NonNullable<InferOutputTensor['contents']> {
  return Object.fromEntries(Object.entries(contents).map(([member, values]) => [member, [...values]]));
}
