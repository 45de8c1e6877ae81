/** What the API answered: the body parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests look into answers of many shapes and assert on what they find there.
  // biome-ignore lint/suspicious/noExplicitAny: asserted, not assumed
  readonly body: any;
}

export interface ApiClient {
  readonly url: string;
  /** One request; strings and buffers are sent as they are, anything else as JSON. */
  request: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>;
  get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  post: (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  delete: (path: string) => Promise<Answer>;
  /** The answer as text, whatever its type. */
  text: (path: string) => Promise<string>;
  /** Server-sent events until the stream ends or `signal` aborts. */
  events: (path: string, signal?: AbortSignal) => AsyncGenerator<{ event: string; data: unknown }>;
}

/** A client of the public API as a user would write it: fetch and a key. */
export function apiClient(url: string, key: string | undefined): ApiClient {
  const credentials: Record<string, string> = key === undefined ? {} : { 'X-API-Key': key };
  const request: ApiClient['request'] = async (method, path, body, headers = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...credentials,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  };
  return {
    url,
    request,
    get: (path, headers) => request('GET', path, undefined, headers),
    post: (path, body, headers) => request('POST', path, body, headers),
    delete: (path) => request('DELETE', path),
    text: async (path) => {
      const response = await fetch(`${url}${path}`, { headers: credentials });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return response.text();
    },
    events: async function* (path, signal) {
      const response = await fetch(`${url}${path}`, { headers: credentials, ...(signal ? { signal } : {}) });
      if (!response.ok || !response.body) throw new Error(`${path} answered ${response.status}`);
      let buffer = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        buffer += chunk;
        const blocks = buffer.split('\n\n');
        buffer = blocks.pop() ?? '';
        for (const block of blocks) {
          const fields = new Map(
            block
              .split('\n')
              .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
          );
          const data = fields.get('data');
          if (data !== undefined) yield { event: fields.get('event') ?? 'message', data: JSON.parse(data) };
        }
      }
    },
  };
}
