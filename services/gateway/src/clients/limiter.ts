/** What limits are counted in; exported for the contract test that holds every store to the same rules. */
export * from './guarded-limiter-store.ts';
export type * from './limiter-store.ts';
export * from './memory-limiter-store.ts';
export * from './redis-limiter-store.ts';
