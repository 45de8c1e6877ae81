import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GatewayUnderTest, startGatewayUnderTest } from '../support/gateway-peers.ts';
import { makeTestFolder } from '../support/postgres.ts';

let fleet: GatewayUnderTest;
let folder: string;
const page = '<!doctype html><title>Sillage</title>';

beforeAll(async () => {
  folder = makeTestFolder();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), page);
  writeFileSync(join(folder, 'assets/main-Ab12.js'), `export const text = '${'x'.repeat(5000)}';`);
  fleet = await startGatewayUnderTest({ CONSOLE_DIR: folder });
}, 60_000);
afterAll(async () => {
  await fleet.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const go = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${fleet.url}${path}`, { method, headers: { Accept: 'text/html,*/*;q=0.8', ...headers } });

test('every path of the console answers its page, under a policy that runs nothing but its files', async () => {
  for (const path of ['/', '/smell', '/create?description=rose', '/some/where']) {
    const answer = await go(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(page);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  }
  const etag = (await go('/')).headers.get('etag') ?? '';
  expect((await go('/smell', { 'If-None-Match': etag })).status).toBe(304);
  expect((await go('/', {}, 'HEAD')).status).toBe(200);
});

test('assets never change, and one that is not there is no page', async () => {
  const asset = await go('/assets/main-Ab12.js', { 'Accept-Encoding': 'br' });
  expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(asset.headers.get('content-encoding')).toBe('br');
  expect(asset.headers.get('content-type')).toContain('text/javascript');
  expect((await go('/assets/gone-1234.js')).status).toBe(404);
  expect((await go('/assets/..%2findex.html')).status).toBe(404);
});

test('the API’s own paths stay what they were', async () => {
  for (const path of ['/api/v1/nothing', '/v2/nothing', '/oauth/nothing', '/docs/nothing']) {
    const answer = await go(path);
    expect(answer.headers.get('content-type')).toMatch(/json/);
    expect(answer.status).toBe(404);
  }
  expect((await go('/docs')).headers.get('content-security-policy')).toContain("style-src 'self'");
  expect((await go('/openapi.json')).status).toBe(200);
  expect((await go('/health')).status).toBe(200);
  expect((await go('/smell', { Accept: 'application/json' })).status).toBe(404);
  expect((await go('/smell', {}, 'POST')).status).toBe(404);
});

test('without CONSOLE_DIR there is none, and a folder without a console is told at start', async () => {
  const { url } = await fleet.startGateway({ CONSOLE_DIR: '' });
  expect((await fetch(url, { headers: { Accept: 'text/html' } })).status).toBe(404);
  await expect(fleet.startGateway({ CONSOLE_DIR: join(folder, 'assets') })).rejects.toThrow('CONSOLE_DIR');
});
