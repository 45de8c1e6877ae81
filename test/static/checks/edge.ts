#!/usr/bin/env node
// The edge: a real nginx with k8s/edge in front of an origin that lets everything be cached. Documents are, for whoever
// shows no credential; nothing else ever is. The other edges' configurations name the same paths.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { read, root } from '../src/repository.ts';
import { differences, Tally } from '../src/tally.ts';
import { need } from '../src/tools.ts';

const documents = ['/docs', '/docs/swagger-ui.css', '/problems', '/openapi.json', '/.well-known/jwks.json'];
const others = [
  '/',
  '/api/v1/models',
  '/api/v1/jobs/1/results',
  '/v2/models/m',
  '/docs/a/b',
  '/openapi.json/x',
];
const hidden = ['/metrics', '/health/live', '/health/ready'];
const credentials = [{ 'x-api-key': 'a' }, { authorization: 'Bearer a' }, { cookie: 'a=b' }];

const tally = new Tally();
need('nginx');

// Counts what reaches it, and answers each time with another number.
let reached = 0;
const origin = createServer((_request, response) => {
  reached += 1;
  response.setHeader('cache-control', 'public, max-age=60');
  response.end(String(reached));
});
origin.listen(0, '127.0.0.1');
await once(origin, 'listening');
const [plain, secure] = [await freePort(), await freePort()];

const folder = mkdtempSync(join(tmpdir(), 'edge-'));
for (const name of ['nginx.conf', 'routes.conf']) cpSync(join(root, 'k8s/edge', name), join(folder, name));
edit('nginx.conf', [
  [/listen 8080;/, `listen 127.0.0.1:${plain};`],
  [/listen 8443 /, `listen 127.0.0.1:${secure} `],
  [/worker_processes auto;/, 'worker_processes 1; daemon off;'],
  [/\/dev\/stdout/, 'access.log'],
]);
const upstream = read('k8s/edge/upstream.conf').replace(/server \S+;/, `server 127.0.0.1:${portOf(origin)};`);
writeFileSync(join(folder, 'upstream.conf'), upstream);
for (const name of ['tls', 'temp']) mkdirSync(join(folder, name), { mode: 0o777 });
execFileSync(
  'openssl',
  [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...[
      '-subj',
      '/CN=localhost',
      '-keyout',
      join(folder, 'tls/tls.key'),
      '-out',
      join(folder, 'tls/tls.crt'),
    ],
  ],
  { stdio: ['ignore', 'ignore', 'ignore'] },
);
execFileSync('chmod', ['-R', 'a+rwX', folder]);
const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf'], { stdio: ['ignore', 'ignore', 'inherit'] });
try {
  await untilOpen(secure);

  for (const path of documents) {
    const [first, second] = [await ask(path), await ask(path)];
    tally.expect(`${path} is cached`, [
      ...is('first', first.cache, 'MISS'),
      ...is('second', second.cache, 'HIT'),
      ...is('body of the second', second.body, first.body),
      ...is('over TLS for a year', second.hsts, 'max-age=31536000'),
    ]);
    for (const headers of credentials) {
      const [own, after] = [await ask(path, { headers }), await ask(path)];
      tally.expect(`${path} with ${Object.keys(headers)[0]} goes through, and is not kept`, [
        ...is('answer', own.cache, 'BYPASS'),
        ...is('what others get after it', after.body, first.body),
      ]);
    }
    const sent = await ask(path, { method: 'POST' });
    tally.expect(`POST ${path} is refused`, is('status', String(sent.status), '403'));
  }
  for (const path of others) {
    for (const headers of [{}, ...credentials]) {
      const [first, second] = [await ask(path, { headers }), await ask(path, { headers })];
      tally.expect(`${path} goes through ${JSON.stringify(headers)}`, [
        ...is('cache', String(second.cache), 'undefined'),
        ...(first.body === second.body ? ['the same answer twice'] : []),
      ]);
    }
  }
  for (const path of hidden) {
    const before = reached;
    const answer = await ask(path);
    tally.expect(`${path} is hidden`, [
      ...is('status', String(answer.status), '404'),
      ...is('requests that reached the gateway', String(reached - before), '0'),
    ]);
  }
  const redirect = await fetch(`http://127.0.0.1:${plain}/docs`, { redirect: 'manual' });
  tally.expect('plain HTTP is sent on', is('status', String(redirect.status), '308'));
  const log = readFileSync(join(folder, 'access.log'), 'utf8');
  tally.expect('the log has no addresses', log.includes('127.0.0.1') ? ['127.0.0.1 is in it'] : []);
} finally {
  nginx.kill('SIGQUIT');
  await once(nginx, 'exit');
  origin.closeAllConnections();
  origin.close();
  rmSync(folder, { recursive: true, force: true });
}

const cached = ['/docs', '/docs/*', '/problems', '/openapi.json', '/.well-known/jwks.json'];
const behaviours = z
  .object({
    DefaultCacheBehavior: z.object({ CachePolicyId: z.string() }),
    CacheBehaviors: z.object({
      Quantity: z.number(),
      Items: z.array(
        z.object({
          PathPattern: z.string(),
          CachePolicyId: z.string(),
          AllowedMethods: z.object({ Items: z.array(z.string()) }),
        }),
      ),
    }),
  })
  .parse(JSON.parse(read('k8s/edge/cloudfront.json')));
const { Items, Quantity } = behaviours.CacheBehaviors;
tally.expect('CloudFront caches documents alone', [
  // CachingDisabled, a managed policy of CloudFront.
  ...is('default', behaviours.DefaultCacheBehavior.CachePolicyId, '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'),
  ...is('Quantity', String(Quantity), String(Items.length)),
  ...differences(
    { what: 'cloudfront.json', names: Items.map((item) => item.PathPattern) },
    { what: 'the list', names: cached },
  ),
  ...Items.flatMap((item) => is(item.PathPattern, item.AllowedMethods.Items.join(), 'GET,HEAD')),
]);
const [pass, keep, ...more] = z
  .object({
    rules: z.array(
      z.object({ expression: z.string(), action_parameters: z.looseObject({ cache: z.boolean() }) }),
    ),
  })
  .parse(JSON.parse(read('k8s/edge/cloudflare.json'))).rules;
tally.expect('Cloudflare caches documents alone', [
  ...is('rules', String(more.length), '0'),
  ...is('the first passes', String(pass?.action_parameters.cache), 'false'),
  ...is('the second keeps', String(keep?.action_parameters.cache), 'true'),
  ...differences(
    {
      what: 'cloudflare.json',
      names: [...(keep?.expression ?? '').matchAll(/(starts_with\([\w.]+, )?"(\/[^"]+)"/g)].map(
        ([, prefix, path = '']) => (prefix ? `${path}*` : path),
      ),
    },
    { what: 'the list', names: cached },
  ),
  ...['authorization', 'x-api-key', 'cookie'].filter((name) => !keep?.expression.includes(`"${name}"`)),
]);
tally.finish();

function is(what: string, value: string | undefined, wanted: string): string[] {
  return value === wanted ? [] : [`${what}: ${value}, not ${wanted}`];
}

function edit(name: string, changes: readonly (readonly [RegExp, string])[]): void {
  const path = join(folder, name);
  let text = readFileSync(path, 'utf8');
  for (const [pattern, replacement] of changes) {
    if (!pattern.test(text)) throw new Error(`k8s/edge/${name} has no ${pattern}`);
    text = text.replace(pattern, replacement);
  }
  writeFileSync(path, text);
}

async function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const call = request({
    ...{ host: '127.0.0.1', port: secure, path, rejectUnauthorized: false, agent: false },
    ...options,
  });
  call.end();
  const [response] = await once(call, 'response');
  let body = '';
  for await (const part of response) body += part;
  const { 'x-cache': cache, 'strict-transport-security': hsts } = response.headers;
  return { status: response.statusCode, cache, hsts, body };
}

function portOf(server: { address: () => AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return address.port;
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function untilOpen(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
    try {
      await fetch(`http://127.0.0.1:${plain}/`, { redirect: 'manual' });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nginx does not listen on ${port}`);
}
