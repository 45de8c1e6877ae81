import {
  type InferInputTensor,
  type InferParameter,
  inferRequestSchema,
  type ModelInferRequest,
  type ModelInferResponse__Output,
} from '@sillage/contracts';
import { AppError, invalidField } from '@sillage/kit';
import { decodeJson, encodeJson, isDatatype } from '@sillage/tensors';
import { parseJson } from './json.ts';
import { parse } from './parse.ts';

/** An inference request over HTTP: the message for inference, and which outputs go back as bytes. */
export interface HttpInfer {
  readonly request: ModelInferRequest;
  readonly isBinary: (output: string) => boolean;
}

/** An inference answer over HTTP: JSON, and behind it the bytes of the outputs that were asked for as such. */
export interface HttpInferAnswer {
  readonly head: string;
  readonly tail: readonly Uint8Array[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Parameters that are about HTTP alone. */
const ours = new Set(['binary_data_size', 'binary_data', 'binary_data_output']);

/**
 * Reads a request body: JSON, of which `headLength` bytes where the bytes of tensors follow. @throws AppError
 * invalid_input with pointers into the JSON.
 */
export function readInfer(body: Buffer, headLength: number | undefined): HttpInfer {
  const json = headLength === undefined ? body : body.subarray(0, headLength);
  const asked = parse(inferRequestSchema, parseExactly(json));
  const tensors = new Tail(body.subarray(json.length));
  const inputs: InferInputTensor[] = [];
  const rawInputContents: Uint8Array[] = [];
  for (const [index, { name, datatype, shape, parameters, data }] of asked.inputs.entries()) {
    const pointer = `/inputs/${index}`;
    const size = parameters?.['binary_data_size'];
    if ((size === undefined) === (data === undefined)) {
      const both =
        size === undefined ? 'has neither data nor binary_data_size' : 'has data and binary_data_size';
      throw invalidField(pointer, `input ${name} ${both}; it needs one of them`);
    }
    if (size !== undefined) {
      rawInputContents.push(tensors.take(size, `${pointer}/parameters/binary_data_size`));
    } else {
      if (!isDatatype(datatype))
        throw invalidField(`${pointer}/datatype`, `input ${name}: ${datatype} cannot be sent as JSON`);
      rawInputContents.push(encodeJson(datatype, data, `${pointer}/data`));
    }
    inputs.push({
      name,
      datatype,
      shape,
      parameters: messageParameters(parameters, `${pointer}/parameters`),
    });
  }
  tensors.end();
  const outputs = asked.outputs ?? [];
  const byDefault = flag(asked.parameters, 'binary_data_output', '/parameters') ?? false;
  const binary = new Map(
    outputs.map(({ name, parameters }, index) => [
      name,
      flag(parameters, 'binary_data', `/outputs/${index}/parameters`) ?? byDefault,
    ]),
  );
  return {
    request: {
      id: asked.id ?? '',
      parameters: messageParameters(asked.parameters, '/parameters'),
      inputs,
      outputs: outputs.map(({ name, parameters }, index) => ({
        name,
        parameters: messageParameters(parameters, `/outputs/${index}/parameters`),
      })),
      rawInputContents,
    },
    isBinary: (output) => binary.get(output) ?? byDefault,
  };
}

/** JSON whose whole numbers beyond what a double holds are bigint; those of tensors may be. */
function parseExactly(json: Uint8Array): unknown {
  let text: string;
  try {
    text = utf8.decode(json);
  } catch (error) {
    throw new AppError('invalid_input', 'the JSON of the body is not UTF-8', { cause: error });
  }
  const value = parseJson(text);
  // A reviver costs several times the parsing, so it is for bodies alone that have such a number.
  if (!/\d{16}/.test(text)) return value;
  return JSON.parse(text, (_key, one: unknown, context?: { readonly source?: string }) =>
    typeof one === 'number' && !Number.isSafeInteger(one) && /^-?\d{1,20}$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? 0)
      : one,
  );
}

/** The bytes behind the JSON, taken tensor after tensor. */
class Tail {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(size: unknown, pointer: string): Buffer {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      throw invalidField(pointer, 'binary_data_size must be a whole number from 0');
    }
    const left = this.#bytes.length - this.#offset;
    if (size > left) {
      const detail = `binary_data_size is ${size}, but ${left} bytes are left behind the JSON; is the header Inference-Header-Content-Length right?`;
      throw invalidField(pointer, detail);
    }
    this.#offset += size;
    return this.#bytes.subarray(this.#offset - size, this.#offset);
  }

  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) throw invalidField('', `${left} bytes behind the JSON belong to no tensor`);
  }
}

function flag(
  parameters: Readonly<Record<string, unknown>> | undefined,
  name: string,
  pointer: string,
): boolean | undefined {
  const value = parameters?.[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidField(`${pointer}/${name}`, `${name} must be true or false`);
}

function messageParameters(
  parameters: Readonly<Record<string, unknown>> | undefined,
  pointer: string,
): Record<string, InferParameter> {
  const entries = Object.entries(parameters ?? {}).filter(([name]) => !ours.has(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, messageParameter(value, `${pointer}/${name}`)]),
  );
}

function messageParameter(value: unknown, pointer: string): InferParameter {
  if (typeof value === 'string') return { stringParam: value };
  if (typeof value === 'boolean') return { boolParam: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { int64Param: value } : { doubleParam: value };
  throw invalidField(pointer, 'must be a text, a number, true or false');
}

/** The answer as HTTP carries it. @throws AppError invalid_input for an output that JSON cannot carry. */
export function presentInfer(
  answer: ModelInferResponse__Output,
  isBinary: HttpInfer['isBinary'],
): HttpInferAnswer {
  const tail: Uint8Array[] = [];
  const outputs = answer.outputs.map(({ name, datatype, shape }, index) => {
    const bytes = answer.rawOutputContents[index] ?? new Uint8Array();
    if (!isDatatype(datatype)) throw new AppError('model_failed', `output ${name} is ${datatype}`);
    const head = `"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}]`;
    if (isBinary(name)) {
      tail.push(bytes);
      return `{${head},"parameters":{"binary_data_size":${bytes.length}}}`;
    }
    const count = shape.reduce((product, size) => product * Number(size), 1);
    return `{${head},"data":${decodeJson({ name, datatype, bytes, count })}}`;
  });
  const { modelName, modelVersion, id } = answer;
  const about = JSON.stringify({
    model_name: modelName,
    model_version: modelVersion,
    ...(id === '' ? {} : { id }),
  });
  return { head: `${about.slice(0, -1)},"outputs":[${outputs.join(',')}]}`, tail };
}
