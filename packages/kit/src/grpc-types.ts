import type { ServiceDefinition } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';

/** The methods a generated definition names; its index signature left out. */
export type MethodName<D extends ServiceDefinition> = Extract<
  keyof { [K in keyof D as string extends K ? never : number extends K ? never : K]: D[K] },
  string
>;

type Shape<M> =
  M extends MethodDefinition<infer RequestIn, infer ResponseIn, infer RequestOut, infer ResponseOut>
    ? { requestIn: RequestIn; responseIn: ResponseIn; requestOut: RequestOut; responseOut: ResponseOut }
    : never;

/** What a client sends. */
export type RequestOf<M> = Shape<M>['requestIn'];
/** What a client gets. */
export type ResponseOf<M> = Shape<M>['responseOut'];
/** What a handler gets. */
export type HandlerRequestOf<M> = Shape<M>['requestOut'];
/** What a handler answers. */
export type HandlerResponseOf<M> = Shape<M>['responseIn'];

/** Messages are small but for batches of readings and of molecules with drawings. */
export const maxMessageBytes = 32 * 1024 * 1024;

/** A method whose messages are the bytes they travel in. */
export type BytesMethod = MethodDefinition<Buffer, Buffer, Buffer, Buffer>;

/** The method without its codecs, for who passes messages on unread. */
export function asBytes(method: {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}): BytesMethod {
  const same = (bytes: Buffer) => bytes;
  return {
    path: method.path,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  } as BytesMethod;
}
