import { expect, test } from '@jest/globals';
import { AuthenticationError, clientCredentials, Sillage } from './index.ts';
import { sendJson, testServer } from './testing/server.ts';

test('a token serves until most of its life is over, then there is another', async () => {
  let life = 3600;
  await using server = await testServer((response, { path }, count) => {
    if (path === '/oauth/token') sendJson(response, 200, { access_token: `t${count}`, expires_in: life });
    else sendJson(response, 200, { models: [] });
  });
  const token = clientCredentials({ baseUrl: server.url, clientId: 'c', clientSecret: 's/1' });
  const client = new Sillage({ baseUrl: server.url, token });
  await Promise.all([client.models(), client.models()]);
  expect(server.received.filter(({ path }) => path === '/oauth/token')).toMatchObject([
    { body: 'grant_type=client_credentials&client_id=c&client_secret=s%2F1' },
  ]);
  expect(server.received.at(-1)?.headers.authorization).toBe('Bearer t1');
  life = 0;
  const short = clientCredentials({ baseUrl: server.url, clientId: 'c', clientSecret: 's' });
  expect(await short()).not.toBe(await short());
});

test('a refusal is thrown, and asked anew the next time', async () => {
  await using server = await testServer((response) =>
    sendJson(response, 401, { error: 'invalid_client', error_description: 'wrong secret' }),
  );
  const token = clientCredentials({ baseUrl: server.url, clientId: 'c', clientSecret: 's' });
  await expect(token()).rejects.toThrow(AuthenticationError);
  await expect(token()).rejects.toThrow('wrong secret');
  expect(server.received).toHaveLength(2);
});
