import { Transport } from './http/transport.ts';
import type { SillageOptions } from './options.ts';

export interface ClientCredentials extends Pick<SillageOptions, 'baseUrl' | 'fetch' | 'timeoutMs'> {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A token is renewed when so much of its life is over. */
const usedShare = 0.8;

/** For the option `token`: gets tokens of an OAuth client and renews each before it ends. */
export function clientCredentials(options: ClientCredentials): () => Promise<string> {
  const { clientId, clientSecret, ...connection } = options;
  const transport = new Transport(connection);
  let current: { token: Promise<string>; renewAtMs: number } | undefined;

  const fetchToken = async (): Promise<string> => {
    const response = await transport.stream({
      method: 'post',
      pattern: '/oauth/token',
      path: '/oauth/token',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
      }),
      isRepeatable: true,
    });
    const answer = (await response.json()) as { access_token: string; expires_in: number };
    if (current) current.renewAtMs = Date.now() + answer.expires_in * 1000 * usedShare;
    return answer.access_token;
  };

  return () => {
    if (!current || Date.now() >= current.renewAtMs) {
      const token = fetchToken();
      // One request at a time; until its answer tells better, it does not end.
      current = { token, renewAtMs: Number.POSITIVE_INFINITY };
      token.catch(() => {
        current = undefined;
      });
    }
    return current.token;
  };
}
