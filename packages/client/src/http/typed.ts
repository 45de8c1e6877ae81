import type { paths } from '../generated/api.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Path = keyof paths;

type OperationOf<P extends Path, M extends Method> = NonNullable<paths[P][M]>;
type Given<T> = [NonNullable<T>] extends [never] ? undefined : NonNullable<T>;
type ParametersOf<P extends Path, M extends Method> =
  OperationOf<P, M> extends { parameters: infer R } ? R : never;

/** The query of a route. */
export type QueryOf<P extends Path, M extends Method> =
  ParametersOf<P, M> extends { query?: infer Q } ? Given<Q> : undefined;

/** What stands for the braces in a route's path. */
export type PathOf<P extends Path, M extends Method> =
  ParametersOf<P, M> extends { path: infer R extends object } ? R : undefined;

/** The JSON body of a route. */
export type BodyOf<P extends Path, M extends Method> =
  OperationOf<P, M> extends { requestBody?: infer B }
    ? NonNullable<B> extends { content: { 'application/json': infer J } }
      ? J
      : undefined
    : undefined;

type SuccessOf<R> = R extends { 200: infer A }
  ? A
  : R extends { 201: infer A }
    ? A
    : R extends { 202: infer A }
      ? A
      : never;

/** The JSON answer of a route; undefined for one that answers nothing. */
export type AnswerOf<P extends Path, M extends Method> =
  OperationOf<P, M> extends { responses: infer R }
    ? SuccessOf<R> extends { content: { 'application/json': infer J } }
      ? J
      : undefined
    : undefined;

/** What goes into a call: only what the route has. */
export type CallParts<P extends Path, M extends Method> = (PathOf<P, M> extends undefined
  ? { readonly path?: undefined }
  : { readonly path: PathOf<P, M> }) & {
  readonly query?: QueryOf<P, M>;
  readonly body?: BodyOf<P, M>;
};

/** A path with its braces filled in. */
export function fillPath(pattern: string, values: object = {}): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => {
    const value: unknown = Object.hasOwn(values, name)
      ? (values as Record<string, unknown>)[name]
      : undefined;
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`${pattern} needs a text for {${name}}`);
    return encodeURIComponent(value);
  });
}

/** A query string with its question mark; what is undefined is left out. */
export function queryString(query: object = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]: [string, unknown]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}
