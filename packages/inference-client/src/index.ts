export * from './choose.ts';
export * from './inference-pools.ts';
export * from './pool-set.ts';
export * from './targets.ts';
