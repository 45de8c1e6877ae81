import { expect, test } from '@jest/globals';
import { routes } from '../../contracts/dist/http/routes.js';
import { clientCredentials, type Listing, Sillage } from './index.ts';
import { sendJson, testServer } from './testing/server.ts';

/** What no method of the client's is for. Everything is reached by `call` all the same. */
const leftOut: Readonly<Record<string, string>> = {
  'post /api/v2/predict': 'predict has it in version 1',
  'get /.well-known/jwks.json': 'for libraries of JWTs, which take its address',
  'post /api/v1/session': 'cookies are for the console',
  'get /api/v1/session': 'cookies are for the console',
  'delete /api/v1/session': 'cookies are for the console',
  'get /api/v1/sensors/devices/{id}/stream': 'a WebSocket: sensors.stream, in sensor-stream.test.ts',
};
/** The Open Inference Protocol has clients of its own. */
const isLeftOut = (route: string) => route in leftOut || / \/v2(\/|$)/.test(route);

const first = (list: Listing<unknown> | Listing<unknown, number>) => list.page();
const next = (events: AsyncGenerator<unknown>) => events.next();
const smiles = 'CCO';

/** A call of the method that each route has. */
const calls: Readonly<Record<string, (sillage: Sillage, baseUrl: string) => Promise<unknown>>> = {
  'post /api/v1/predict': (to) => to.predict({ smiles }),
  'post /api/v1/generate': (to) => to.generate({ description: 'vanilla' }),
  'get /api/v1/models': (to) => to.models(),
  'post /api/v1/research/mixtures': (to) => to.research.mixtures({ components: [{ smiles, proportion: 1 }] }),
  'post /api/v1/research/embed': (to) => to.research.embed({ smiles }),
  'post /api/v1/research/similar': (to) => to.research.similar({ smiles }),
  'get /api/v1/research/map': (to) => to.research.map(),
  'post /api/v1/research/map': (to) => to.research.place({ smiles }),
  'post /api/v1/research/properties': (to) => to.research.properties({ smiles }),
  'post /api/v1/research/safety': (to) => to.research.safety({ smiles }),
  'post /api/v1/research/evaluate': (to) => to.research.evaluateCsv('smiles,notes\n'),
  'post /api/v1/jobs': (to) => to.jobs.create({ kind: 'predict', input: { smiles: [smiles] } }),
  'get /api/v1/jobs': (to) => first(to.jobs.list()),
  'get /api/v1/jobs/{id}': (to) => to.jobs.get('1'),
  'get /api/v1/jobs/{id}/events': (to) => next(to.jobs.events('1', { patienceMs: 0 })),
  'get /api/v1/jobs/{id}/results': (to) => next(to.jobs.results('1', { patienceMs: 0 })),
  'post /api/v1/jobs/{id}/pause': (to) => to.jobs.pause('1'),
  'post /api/v1/jobs/{id}/resume': (to) => to.jobs.resume('1'),
  'post /api/v1/jobs/{id}/retry': (to) => to.jobs.retry('1'),
  'delete /api/v1/jobs/{id}': (to) => to.jobs.cancel('1'),
  'get /api/v1/jobs/{id}/deliveries': (to) => to.jobs.deliveries('1'),
  'post /api/v1/sensors/devices': (to) => to.sensors.createDevice({ name: 'nose' }),
  'get /api/v1/sensors/devices': (to) => first(to.sensors.devices()),
  'get /api/v1/sensors/devices/{id}': (to) => to.sensors.getDevice('1'),
  'delete /api/v1/sensors/devices/{id}': (to) => to.sensors.deleteDevice('1'),
  'post /api/v1/sensors/devices/{id}/readings': (to) =>
    to.sensors.sendReadings('1', [{ t: '2026-01-01T00:00:00Z', channels: {} }]),
  'get /api/v1/sensors/devices/{id}/readings': (to) => first(to.sensors.readings('1')),
  'get /api/v1/sensors/devices/{id}/history': (to) => to.sensors.history('1'),
  'post /api/v1/sensors/devices/{id}/calibrations': (to) =>
    to.sensors.calibrate('1', { span: { levels: { NO2: 1 } }, dry_run: true }),
  'get /api/v1/sensors/devices/{id}/calibrations': (to) => first(to.sensors.calibrations('1')),
  'get /api/v1/sensors/devices/{id}/classification': (to) => to.sensors.classification('1'),
  'post /api/v1/sensors/devices/{id}/stream-tickets': (to) => to.sensors.streamTicket('1'),
  'post /api/v1/sensors/arrays': (to) => to.sensors.createArray({ name: 'room', devices: ['1', '2'] }),
  'get /api/v1/sensors/arrays': (to) => to.sensors.arrays(),
  'delete /api/v1/sensors/arrays/{id}': (to) => to.sensors.deleteArray('1'),
  'get /api/v1/sensors/arrays/{id}/classification': (to) => to.sensors.classifyArray('1'),
  'get /api/v1/account': (to) => to.account.get(),
  'get /api/v1/account/usage': (to) => to.account.usage(),
  'get /api/v1/account/audit': (to) => first(to.account.audit()),
  'get /api/v1/account/consents': (to) => to.account.consents(),
  'put /api/v1/account/consents': (to) => to.account.decideConsents({ consents: [] }),
  'get /api/v1/account/export': (to) => next(to.account.export()),
  'delete /api/v1/account': (to) => to.account.erase('1'),
  'post /api/v1/webhooks': (to) => to.webhooks.create({ url: 'https://example.com' }),
  'get /api/v1/webhooks': (to) => to.webhooks.list(),
  'delete /api/v1/webhooks/{id}': (to) => to.webhooks.delete('1'),
  'post /api/v1/webhooks/{id}/test': (to) => to.webhooks.test('1'),
  'get /api/v1/webhook-deliveries': (to) => first(to.webhooks.deliveries({ state: 'failed' })),
  'post /api/v1/webhook-deliveries/{id}/redeliver': (to) => to.webhooks.redeliver('1'),
  'post /api/v1/keys': (to) => to.keys.create(),
  'get /api/v1/keys': (to) => first(to.keys.list()),
  'patch /api/v1/keys/{id}': (to) => to.keys.update('1', {}),
  'post /api/v1/keys/{id}/rotate': (to) => to.keys.rotate('1'),
  'delete /api/v1/keys/{id}': (to) => to.keys.revoke('1'),
  'post /api/v1/oauth/clients': (to) => to.oauthClients.create(),
  'get /api/v1/oauth/clients': (to) => first(to.oauthClients.list()),
  'patch /api/v1/oauth/clients/{id}': (to) => to.oauthClients.update('1', {}),
  'post /api/v1/oauth/clients/{id}/rotate': (to) => to.oauthClients.rotate('1'),
  'delete /api/v1/oauth/clients/{id}': (to) => to.oauthClients.revoke('1'),
  'post /oauth/token': (_, baseUrl) =>
    clientCredentials({ baseUrl, clientId: 'me', clientSecret: 'secret' })(),
  'post /api/v1/admin/tenants': (to) => to.admin.createTenant({ name: 'one' }),
  'get /api/v1/admin/tenants': (to) => first(to.admin.tenants({ search: 'one' })),
  'get /api/v1/admin/tenants/{id}': (to) => to.admin.getTenant('1'),
  'patch /api/v1/admin/tenants/{id}': (to) => to.admin.updateTenant('1', {}),
  'delete /api/v1/admin/tenants/{id}': (to) => to.admin.eraseTenant('1', '1'),
  'get /api/v1/admin/erasures': (to) => to.admin.erasures(),
  'post /api/v1/admin/tenants/{id}/keys': (to) => to.admin.createKey('1'),
  'get /api/v1/admin/tenants/{id}/keys': (to) => first(to.admin.keys('1')),
  'get /api/v1/admin/tenants/{id}/clients': (to) => first(to.admin.clients('1')),
  'delete /api/v1/admin/keys/{id}': (to) => to.admin.revokeKey('1'),
  'post /api/v1/admin/signing-keys/rotate': (to) => to.admin.rotateSigningKey(),
  'get /api/v1/admin/audit': (to) => first(to.admin.audit({ outcome: 'failed' })),
  'get /api/v1/admin/audit/verification': (to) => to.admin.verifyAudit(),
  'get /api/v1/admin/fleet': (to) => to.admin.fleet(),
  'get /api/v1/admin/jobs': (to) => first(to.admin.jobs({ status: 'failed' })),
  'get /api/v1/admin/jobs/{id}': (to) => to.admin.getJob('1'),
  'post /api/v1/admin/jobs/{id}/retry': (to) => to.admin.retryJob('1'),
  'post /api/v1/admin/jobs/{id}/cancel': (to) => to.admin.cancelJob('1'),
  'delete /api/v1/admin/jobs/{id}': (to) => to.admin.deleteJob('1'),
};

test('every route of the document has a method, or a reason why it has none', () => {
  const documented = routes.map(({ method, path }) => `${method} ${path}`);
  expect(documented.filter((route) => !isLeftOut(route)).toSorted()).toEqual(Object.keys(calls).toSorted());
  expect(Object.keys(leftOut).filter((route) => !documented.includes(route))).toEqual([]);
});

test('each method asks its route', async () => {
  await using server = await testServer((response) => sendJson(response, 200, {}));
  const sillage = new Sillage({ baseUrl: server.url, apiKey: 'key', maxRetries: 0 });
  const asked: Record<string, string | undefined> = {};
  for (const [route, call] of Object.entries(calls)) {
    const before = server.received.length;
    // The answer is empty, which some cannot read; what was asked is what counts.
    await call(sillage, server.url).catch(() => {});
    const { method, path } = server.received[before] ?? { method: '', path: '' };
    asked[route] = `${method.toLowerCase()} ${path.replace(/\?.*/, '')}`;
  }
  const wanted = Object.keys(calls).map((route) => [route, route.replaceAll('{id}', '1')]);
  expect(asked).toEqual(Object.fromEntries(wanted));
});
