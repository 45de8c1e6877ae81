import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { apiClient } from '../../support/api-client.ts';
import { leaksIn } from '../../support/log-scan.ts';
import { filesWith } from '../../support/traces-of-tenant.ts';
import type { GetFleet } from './index.ts';

export function logs(get: GetFleet): void {
  test('no log of the whole run holds a secret, a token or a client’s address', async () => {
    const { api, fleet, key } = get();
    const folder = join(fleet.data.path, 'logs');
    // What is likeliest to be told too much of: credentials that do not hold, in places where they do not belong.
    const nobody = apiClient(api.url, undefined);
    const from = { 'X-Forwarded-For': '203.0.113.77', Forwarded: 'for=203.0.113.77' };
    const wrong = key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    await nobody.get('/api/v1/models', { ...from, 'X-API-Key': wrong });
    await nobody.get(`/api/v1/models?api_key=${key}`, from);
    await nobody.get('/api/v1/models', {
      Authorization: `Bearer eyJhbGciOiJub25lIn0.${'e'.repeat(20)}.${key}`,
    });
    await api.post('/api/v1/predict', { smiles: key });
    const webhook = { url: 'http://203.0.113.77/hook', secret: 'whsec_0123456789abcdefghijklmn' };
    await api.post('/api/v1/jobs', { kind: 'predict', input: { smiles: ['CCO'] }, webhook });
    const last = `last-${Date.now()}`;
    await api.get('/api/v1/models', { ...from, 'X-Request-Id': last });
    const deadline = Date.now() + 5000;
    while (filesWith(folder, [last]).length === 0) {
      if (Date.now() > deadline) throw new Error('the gateway did not log the last request');
      await delay(50);
    }
    expect(leaksIn(folder, { 'the fleet’s encryption key': fleet.encryptionKey, 'the key': key })).toEqual(
      [],
    );
  });
}
