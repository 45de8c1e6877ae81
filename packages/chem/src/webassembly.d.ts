// The part of the global WebAssembly API that rdkit.ts uses: TypeScript only declares it with the DOM.
declare global {
  namespace WebAssembly {
    class Module {}
    class Memory {
      readonly buffer: ArrayBuffer;
    }
    type Imports = Record<string, Record<string, unknown>>;
    class Instance {
      constructor(module: Module, imports: Imports);
      readonly exports: Readonly<Record<string, unknown>>;
    }
    function compile(bytes: Uint8Array): Promise<Module>;
  }
}

export {};
