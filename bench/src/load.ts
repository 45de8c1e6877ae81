import autocannon from 'autocannon';

export interface Load {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** API keys, used in turn. */
  readonly keys?: readonly string[];
  readonly seconds: number;
  readonly connections: number;
}

/** Answers a second under a closed loop of POST requests; any answer but a 2xx ends the measurement. */
export async function postRate(load: Load): Promise<number> {
  const headers = { 'content-type': 'application/json', ...load.headers };
  const request = { method: 'POST', body: load.body } as const;
  const result = await autocannon({
    url: load.url,
    ...request,
    headers,
    ...(load.keys
      ? { requests: load.keys.map((key) => ({ ...request, headers: { ...headers, 'x-api-key': key } })) }
      : {}),
    connections: load.connections,
    duration: load.seconds,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${load.url}: ${result.non2xx} answers were no success, ${result.errors} failed`);
  }
  return result['2xx'] / result.duration;
}
