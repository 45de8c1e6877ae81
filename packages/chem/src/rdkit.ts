import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import rdkitModule, { type Log, type MainModule } from '@rdkit/rdkit';

/** A loaded RDKit: the WASM module, its error log and its memory. */
export interface Rdkit {
  readonly module: MainModule;
  readonly version: string;
  /** Text of RDKit's error log since the last call; empty when all went well. */
  takeErrors(): string;
  /** Size of the WASM memory in bytes. It grows when needed and never shrinks. */
  heapBytes(): number;
}

/**
 * Loads RDKit once per call, in about 0.1 s, in the main thread or a worker thread. Each call gives an
 * instance with its own memory. RDKit prints nothing: its errors are read with `takeErrors`.
 */
export async function loadRdkit(): Promise<Rdkit> {
  const wasmFile = fileURLToPath(import.meta.resolve('@rdkit/rdkit/RDKit_minimal.wasm'));
  const compiled = await WebAssembly.compile(await readFile(wasmFile));
  let memory: WebAssembly.Memory | undefined;
  const silent = (): void => undefined;
  const module = await rdkitModule.default({
    print: silent,
    printErr: silent,
    // Instantiating it ourselves is the only way to see the memory, which the build does not export by name.
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(compiled, imports);
      memory = Object.values(instance.exports).find((entry) => entry instanceof WebAssembly.Memory);
      done(instance);
    },
  });
  const log = captureErrors(module);
  return {
    module,
    version: module.version(),
    takeErrors() {
      const text = log.get_buffer();
      log.clear_buffer();
      return text;
    },
    heapBytes: () => memory?.buffer.byteLength ?? 0,
  };
}

function captureErrors(module: MainModule): Log {
  const log = module.set_log_capture('rdApp.error');
  if (log === null) throw new Error('RDKit did not give its error log');
  return log;
}
