#!/usr/bin/env node
// Brings the schemas of every kind that is validated, and prints what kubeconform is given as -schema-location.
import { bringSchemas, schemaLocation } from './src/schemas.ts';

bringSchemas();
console.log(schemaLocation);
