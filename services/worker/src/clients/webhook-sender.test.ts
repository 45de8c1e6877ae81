import type { lookup } from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AddressPolicy, isSignatureValid } from '@sillage/jobs';
import { WebhookSender } from './webhook-sender.ts';

let server: Server;
let port = 0;
const received: { request: IncomingMessage; body: string }[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ request, body });
    if (request.url === '/away') response.setHeader('location', '/inner');
    response.statusCode = request.url === '/away' ? 302 : request.url === '/broken' ? 500 : 204;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const delivery = {
  id: 'one',
  event: 'job.succeeded',
  secret: 's'.repeat(16),
  payload: '{"é":1}',
  attempts: 0,
  failures: 0,
};

/** Names resolve to these addresses, one after the other; the last one stays. */
function names(...addresses: string[]) {
  let asked = 0;
  const lookUp = ((_name: string, _options: object, callback: (...args: unknown[]) => void) => {
    const address = addresses[Math.min(asked++, addresses.length - 1)];
    callback(null, [{ address, family: address?.includes(':') ? 6 : 4 }]);
  }) as unknown as typeof lookup;
  return { lookUp, asked: () => asked };
}

const allowed = new AddressPolicy(['127.0.0.1/32']);
const send = (url: string, policy = allowed, lookUp?: typeof lookup) =>
  new WebhookSender({ policy, version: 'test', ...(lookUp ? { lookUp } : {}) }).send({ ...delivery, url });

test('a delivery is a signed POST; 2xx is delivered, everything else is not', async () => {
  expect(await send(`http://127.0.0.1:${port}/ok`)).toMatchObject({
    isDelivered: true,
    status: 204,
    error: undefined,
  });
  const { request, body } = received.at(-1) ?? {};
  expect(request?.method).toBe('POST');
  expect(request?.headers).toMatchObject({ 'sillage-event': 'job.succeeded', 'sillage-delivery': 'one' });
  const signature = String(request?.headers['sillage-signature']);
  expect(isSignatureValid(delivery.secret, body ?? '', signature, Date.now() / 1000)).toBe(true);
  expect(await send(`http://127.0.0.1:${port}/broken`)).toMatchObject({ isDelivered: false, status: 500 });
});

test('a redirect is not followed', async () => {
  const before = received.length;
  expect(await send(`http://127.0.0.1:${port}/away`)).toMatchObject({
    isDelivered: false,
    status: 302,
    error: expect.stringContaining('redirect'),
  });
  expect(received.slice(before).map(({ request }) => request.url)).toEqual(['/away']);
});

test('a name that leads inside is not connected to, nor one of several addresses', async () => {
  const before = received.length;
  for (const address of ['127.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1']) {
    const policy = new AddressPolicy([]);
    const outcome = await send(`https://hook.example:${port}/`, policy, names(address).lookUp);
    expect(outcome).toMatchObject({ isDelivered: false, error: expect.stringContaining('inside a network') });
  }
  expect(received).toHaveLength(before);
});

test('a name that changes its mind gains nothing: what was checked is what is connected to', async () => {
  const { lookUp, asked } = names('127.0.0.1', '169.254.169.254');
  expect(await send(`http://hook.example:${port}/ok`, allowed, lookUp)).toMatchObject({ isDelivered: true });
  expect(asked()).toBe(1);
  expect(await send(`http://hook.example:${port}/ok`, allowed, lookUp)).toMatchObject({ isDelivered: false });
});

test('who is not there, and a URL that is no longer allowed', async () => {
  expect(await send('http://127.0.0.1:1/')).toMatchObject({ isDelivered: false, status: undefined });
  expect(await send('https://10.0.0.1/')).toMatchObject({
    error: expect.stringContaining('inside a network'),
  });
});
