export { rounded } from './fields.ts';
export * from './generate.ts';
export * from './jobs.ts';
export * from './keys.ts';
export * from './predict.ts';
export * from './problem.ts';
export * from './reading-block.ts';
export * from './sensors.ts';
