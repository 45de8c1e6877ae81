export * from './grpc.ts';
export type * from './messages.ts';
