import { AppError, invalidField, reasonOf } from '@sillage/kit/errors';
import { bytesOf, elementCount, elementsOf, packBytes, type RawTensor, unpackBytes } from '@sillage/tensors';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { datatypeOf } from '../repository/signature.ts';
import type { Moved, TensorOutputs, TensorRun, TensorSession } from './protocol.ts';
import type { Workbench } from './workbench.ts';

const typeOf = Object.fromEntries(Object.entries(datatypeOf).map(([type, datatype]) => [datatype, type]));
const strict = new TextDecoder('utf-8', { fatal: true });
const utf8 = new TextEncoder();

/** The models that are served as tensors, opened in this thread when it first runs them. */
export class TensorRunner {
  readonly #bench: Workbench;
  /** By key and generation: while one file takes the place of another, both may have work. */
  readonly #open = new Map<string, Promise<InferenceSession>>();

  constructor(bench: Workbench) {
    this.#bench = bench;
  }

  async open(session: TensorSession): Promise<null> {
    await this.#session(session).catch((error: unknown) => {
      if (error instanceof AppError) throw error;
      throw new AppError('invalid_input', reasonOf(error), { cause: error });
    });
    return null;
  }

  async forget(session: TensorSession): Promise<null> {
    const open = this.#open.get(placeOf(session));
    this.#open.delete(placeOf(session));
    await open?.then(
      (opened) => opened.release(),
      () => {},
    );
    return null;
  }

  async run({ session: wanted, inputs, outputs }: TensorRun): Promise<Moved<TensorOutputs>> {
    const session = await this.#session(wanted);
    const started = performance.now();
    const feeds: Record<string, Tensor> = {};
    for (const [index, input] of inputs.entries()) feeds[input.name] = await this.#tensor(input, index);
    const fed = performance.now();
    const results = await session.run(feeds, [...outputs]).catch((error: unknown) => {
      // Names, types and shapes have held: what is left is what these values are to this model, an index out of range or
      // sizes that do not go together. Whose model it is wants to read that.
      throw new AppError('invalid_input', `the model cannot run on this: ${reasonOf(error)}`, {
        cause: error,
      });
    });
    const ran = performance.now();
    const fetched = outputs.map((name) => rawOf(name, results[name]));
    for (const tensor of Object.values(results)) tensor.dispose();
    return {
      moved: {
        outputs: fetched,
        inputMs: fed - started,
        inferenceMs: ran - fed,
        outputMs: performance.now() - ran,
      },
      transfer: fetched.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    };
  }

  async #session(wanted: TensorSession): Promise<InferenceSession> {
    const { key, file, device } = wanted;
    if (file === undefined) return (await this.#bench.model(key)).session;
    const place = placeOf(wanted);
    const known = this.#open.get(place);
    if (known) return known;
    const session = this.#bench.openFile(file, device).then((open) => open.session);
    this.#open.set(place, session);
    // What could not be opened is tried again the next time.
    session.catch(() => this.#open.delete(place));
    return session;
  }

  async #tensor({ name, datatype, shape, bytes }: RawTensor, index: number): Promise<Tensor> {
    const { Tensor } = await this.#bench.ort();
    const type = typeOf[datatype] as 'float32';
    if (datatype === 'FP16') {
      // onnxruntime-node 1.30 reads no Float16Array: it takes half floats as the 16 bits they are.
      const halves = elementsOf('UINT16', bytes) as Uint16Array;
      return Object.assign(new Tensor('uint16', halves, [...shape]), { type: 'float16' });
    }
    if (datatype !== 'BYTES') {
      // The type and its elements belong together by the tables; the overloads of Tensor cannot follow.
      return new Tensor(type, elementsOf(datatype, bytes) as Float32Array, [...shape]);
    }
    const pointer = `/inputs/${index}`;
    const texts = unpackBytes(bytes, elementCount(shape), pointer).map((element, at) => {
      try {
        return strict.decode(element);
      } catch {
        throw invalidField(
          pointer,
          `input ${name}: element ${at} is not UTF-8, and ONNX Runtime takes no other text here`,
        );
      }
    });
    return new Tensor('string', texts, [...shape]);
  }
}

function placeOf({ key, generation }: TensorSession): string {
  return `${key}#${generation}`;
}

/** An output in bytes of its own, that can be moved. */
function rawOf(name: string, tensor: Tensor | undefined): RawTensor {
  const datatype = tensor && datatypeOf[tensor.type];
  if (!tensor || !datatype) throw new Error(`output ${name} is no tensor that can be sent`);
  const shape = [...tensor.dims];
  if (datatype === 'BYTES') {
    const bytes = packBytes((tensor.data as string[]).map((text) => utf8.encode(text)));
    return { name, datatype, shape, bytes };
  }
  return { name, datatype, shape, bytes: bytesOf(tensor.data as Float32Array<ArrayBuffer>).slice() };
}
