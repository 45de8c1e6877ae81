import { join } from 'node:path';
import { loadPackageDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { AuthServiceDefinition } from './generated/sillage/auth/v1/AuthService.ts';
import type { InferenceServiceDefinition } from './generated/sillage/inference/v1/InferenceService.ts';
import type { SensorsServiceDefinition } from './generated/sillage/sensors/v1/SensorsService.ts';

const protos = join(import.meta.dirname, '../../../protos');

/** The options the types in generated/ were made for (scripts/generate.mjs). */
const options = { longs: Number, enums: String, defaults: true, oneofs: true, includeDirs: [protos] };

function load(file: string, path: readonly string[]): ServiceDefinition {
  let node: unknown = loadPackageDefinition(loadSync(file, options));
  for (const name of path) node = (node as Record<string, unknown>)[name];
  return (node as { service: ServiceDefinition }).service;
}

/** sillage.auth.v1.AuthService. */
export const authService = load('sillage/auth/v1/auth.proto', [
  'sillage',
  'auth',
  'v1',
  'AuthService',
]) as AuthServiceDefinition;

/** sillage.inference.v1.InferenceService. */
export const inferenceService = load('sillage/inference/v1/inference.proto', [
  'sillage',
  'inference',
  'v1',
  'InferenceService',
]) as InferenceServiceDefinition;

/** sillage.sensors.v1.SensorsService. */
export const sensorsService = load('sillage/sensors/v1/sensors.proto', [
  'sillage',
  'sensors',
  'v1',
  'SensorsService',
]) as SensorsServiceDefinition;

export type { AuthServiceDefinition, InferenceServiceDefinition, SensorsServiceDefinition };
