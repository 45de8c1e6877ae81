export * from './consents.ts';
export * from './grpc.ts';
export * from './http/index.ts';
export type * from './messages.ts';
export * from './queues.ts';
export * from './tiers.ts';
