import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest runs tests in a context of its own, whose typed arrays are not the host's. Native addons (ONNX Runtime)
 * check with instanceof against the host's, so tests share them.
 */
export default class Environment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    Object.assign(this.global, {
      ArrayBuffer,
      Float32Array,
      Float64Array,
      Int32Array,
      Uint8Array,
      BigInt64Array,
      Error,
    });
  }
}
