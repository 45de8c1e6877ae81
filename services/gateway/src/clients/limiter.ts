/** What limits are counted in; exported for the tests and benches that hold every store to the same rules. */
export type * from './limiter-store.ts';
export * from './memory-limiter-store.ts';
export * from './postgres-counts.ts';
export * from './redis-counts.ts';
export type * from './shared-counts.ts';
export * from './shared-limiter.ts';
