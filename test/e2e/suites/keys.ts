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
