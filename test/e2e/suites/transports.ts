import { expect, test } from '@jest/globals';
import { enoseGolden } from '../../support/scripted-enose.ts';
import { transports } from '../../support/transports.ts';
import type { GetFleet } from './index.ts';

const start = Date.parse('2026-11-20T10:00:00Z');

export function sameByEveryTransport(get: GetFleet): void {
  test('the same recording by every way in is classified alike, to the last digit', async () => {
    const { api, key, broker, fleet } = get();
    const { body: account } = await api.get('/api/v1/account');
    const doors = { api, key, broker: broker.url, grpcTarget: fleet.grpcTarget, tenantId: account.tenant.id };
    const window = enoseGolden.cases.find(
      ({ substance, probabilities }) => substance !== '' && Math.max(...probabilities) > 0.9,
    );
    const readings = (window?.frames ?? []).map((frame, second) => ({
      t: new Date(start + second * 1000).toISOString(),
      channels: Object.fromEntries(enoseGolden.channels.map((name, column) => [name, frame[column] ?? null])),
    }));
    const answers: Record<string, unknown> = {};
    for (const [name, send] of Object.entries(transports)) {
      const { body: device } = await api.post('/api/v1/sensors/devices', { name });
      await send(doors, device.id, readings);
      answers[name] = (await api.get(`/api/v1/sensors/devices/${device.id}/classification`)).body;
    }
    const [expected, ...others] = Object.values(answers);
    expect(expected).toMatchObject({ substance: window?.substance, window_s: readings.length });
    for (const answer of others) expect(answer).toEqual(expected);
    console.info(`${Object.keys(answers).length} transports, identical: ${Object.keys(answers).join('; ')}`);
  }, 90_000);
}
