import { join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type Options } from '@grpc/proto-loader';
import type { GRPCInferenceServiceDefinition } from './generated/inference/GRPCInferenceService.ts';
import type { AuthServiceDefinition } from './generated/sillage/auth/v1/AuthService.ts';
import type { InferenceServiceDefinition } from './generated/sillage/inference/v1/InferenceService.ts';
import type { OpsServiceDefinition } from './generated/sillage/ops/v1/OpsService.ts';
import type { ReadingsServiceDefinition } from './generated/sillage/sensors/v1/ReadingsService.ts';
import type { SensorsServiceDefinition } from './generated/sillage/sensors/v1/SensorsService.ts';

const protos = join(import.meta.dirname, '../../../protos');

/** The options the types in generated/ were made for (scripts/generate.mjs). */
const options = { longs: Number, enums: String, defaults: true, oneofs: true, includeDirs: [protos] };

function load<D extends ServiceDefinition>(file: string, name: string, changes: Options = {}): D {
  const definition = loadSync(file, { ...options, ...changes })[name];
  if (definition === undefined) throw new Error(`${file} has no service ${name}`);
  // The type D was made from the same file.
  return definition as unknown as D;
}

/** sillage.auth.v1.AuthService. */
export const authService = load<AuthServiceDefinition>(
  'sillage/auth/v1/auth.proto',
  'sillage.auth.v1.AuthService',
);

/** sillage.inference.v1.InferenceService. */
export const inferenceService = load<InferenceServiceDefinition>(
  'sillage/inference/v1/inference.proto',
  'sillage.inference.v1.InferenceService',
);

/** sillage.sensors.v1.SensorsService. */
export const sensorsService = load<SensorsServiceDefinition>(
  'sillage/sensors/v1/sensors.proto',
  'sillage.sensors.v1.SensorsService',
);

/** sillage.ops.v1.OpsService, which every process with a gRPC server serves beside its own. */
export const opsService = load<OpsServiceDefinition>('sillage/ops/v1/ops.proto', 'sillage.ops.v1.OpsService');

/** sillage.sensors.v1.ReadingsService: readings from outside, at the gateway. */
export const readingsService = load<ReadingsServiceDefinition>(
  'sillage/sensors/v1/readings.proto',
  'sillage.sensors.v1.ReadingsService',
);

/** inference.GRPCInferenceService, the Open Inference Protocol; 64-bit integers are text. */
export const openInferenceService = load<GRPCInferenceServiceDefinition>(
  'inference/open_inference.proto',
  'inference.GRPCInferenceService',
  { longs: String },
);

export type {
  AuthServiceDefinition,
  GRPCInferenceServiceDefinition,
  InferenceServiceDefinition,
  OpsServiceDefinition,
  ReadingsServiceDefinition,
  SensorsServiceDefinition,
};
