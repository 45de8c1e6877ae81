export * from './bytes-elements.ts';
export * from './contents.ts';
export * from './datatypes.ts';
export * from './json.ts';
export * from './raw-tensor.ts';
