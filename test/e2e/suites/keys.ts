import { expect, test } from '@jest/globals';
import { apiClient } from '../../support/api-client.ts';
import type { GetFleet } from './index.ts';

const predict = { smiles: 'CCO' };

export function keys(get: GetFleet): void {
  test('a key is shown once, listed by its prefix, and useless from the moment it is revoked', async () => {
    const { api } = get();
    const created = await api.post('/api/v1/keys', { label: 'bench robot' });
    expect(created.status).toBe(201);
    const secret: string = created.body.secret;
    expect(secret).toMatch(/^sk_[a-z]+_[A-Za-z0-9]+_[A-Za-z0-9]{40,}$/);

    const robot = apiClient(api.url, secret);
    expect((await robot.post('/api/v1/predict', predict)).status).toBe(200);
    const listed = await api.get('/api/v1/keys');
    expect(JSON.stringify(listed.body)).not.toContain(secret);
    expect(listed.body.keys).toContainEqual(
      expect.objectContaining({ id: created.body.id, label: 'bench robot' }),
    );

    expect((await api.delete(`/api/v1/keys/${created.body.id}`)).status).toBeLessThan(300);
    const deadline = Date.now() + 1000;
    let status = 200;
    while (status !== 401 && Date.now() < deadline)
      status = (await robot.post('/api/v1/predict', predict)).status;
    expect(status).toBe(401);
    const refused = await robot.post('/api/v1/predict', predict);
    expect(refused.body).toMatchObject({ code: 'unauthenticated', detail: expect.stringMatching(/revoked/) });
  });

  test('an OAuth client gets a token that is good for what was asked, until the client is revoked', async () => {
    const { api } = get();
    const client = (await api.post('/api/v1/oauth/clients', { scopes: ['predict', 'sensors'] })).body;
    const response = await fetch(`${api.url}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'predict' }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    const nobody = apiClient(api.url, undefined);
    const bearer = { Authorization: `Bearer ${token}` };
    expect((await nobody.post('/api/v1/predict', predict, bearer)).status).toBe(200);
    const refused = await nobody.get('/api/v1/sensors/devices', bearer);
    expect(refused.body).toMatchObject({ status: 403, scope: 'sensors' });
    await api.delete(`/api/v1/oauth/clients/${client.id}`);
    expect((await nobody.post('/api/v1/predict', predict, bearer)).status).toBe(401);
  });

  test('bearer credentials work as well', async () => {
    const { api, key } = get();
    const bearer = await apiClient(api.url, undefined).post('/api/v1/predict', predict, {
      Authorization: `Bearer ${key}`,
    });
    expect(bearer.status).toBe(200);
  });

  test.each([
    ['no key', {}],
    ['a wrong key', { 'X-API-Key': 'sk_dev_AAAAAAAAAAAA_0000000000000000000000000000000000000000000' }],
    ['something that is no key', { 'X-API-Key': 'hunter2' }],
  ])('%s is a 401 that says how to authenticate', async (_, headers) => {
    const answer = await apiClient(get().api.url, undefined).post('/api/v1/predict', predict, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toBeTruthy();
    expect(answer.body).toMatchObject({ code: 'unauthenticated', detail: expect.stringMatching(/key/) });
  });
}
