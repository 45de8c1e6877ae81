export * from './chunk-store.ts';
export * from './chunking.ts';
export { JobEvents } from './job-events.ts';
export * from './job-service.ts';
export * from './queue.ts';
export { PostgresResultStore, type ResultStore } from './result-store.ts';
export { isFinal } from './states.ts';
export * from './timing.ts';
export type * from './types.ts';
