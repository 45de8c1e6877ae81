import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { unavailable } from '@sillage/kit';
import { SignJWT } from 'jose';
import { isToken, TokenVerifier } from './token-verifier.ts';

const nowMs = 1_800_000_000_000;
const atS = nowMs / 1000;
const ours = makeKey('a');
const theirs = makeKey('a');

function makeKey(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { kid, privateKey, x: String(publicKey.export({ format: 'jwk' }).x) };
}

function setUp() {
  const state = { asked: 0, keys: [ours], isAway: false, nowMs };
  const verifier = new TokenVerifier({
    ask: async () => {
      state.asked += 1;
      if (state.isAway) throw unavailable('auth');
      return { issuer: 'us', audience: 'api', keys: state.keys.map(({ kid, x }) => ({ kid, x })) };
    },
    now: () => state.nowMs,
  });
  return { state, verifier };
}

function sign(
  change: Record<string, unknown> = {},
  key: { kid: string; privateKey: KeyObject } = ours,
): Promise<string> {
  const claims = { iss: 'us', aud: 'api', sub: 'c', tenant: 't', scope: 'predict models:*' };
  const times = { iat: atS, nbf: atS, exp: atS + 900 };
  const payload = Object.fromEntries(
    Object.entries({ ...claims, ...times, ...change }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', kid: key.kid }).sign(key.privateKey);
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a token of ours says who and what for', async () => {
  const token = await sign();
  expect(isToken(token)).toBe(true);
  expect(await setUp().verifier.verify(token)).toEqual({
    clientId: 'c',
    tenantId: 't',
    scopes: ['predict', 'models:*'],
    expiresAtMs: nowMs + 905_000,
  });
});

test.each([
  ['another issuer', { iss: 'them' }, /another issuer/],
  ['another audience', { aud: 'them' }, /another audience/],
  ['expired', { exp: atS - 6 }, /has expired/],
  ['not yet valid', { nbf: atS + 60 }, /not hold yet/],
  ['no end', { exp: undefined }, /claim exp is missing/],
  ['no beginning', { nbf: undefined }, /not hold yet|claim nbf/],
  ['no tenant', { tenant: undefined }, /claim tenant is missing/],
  ['a tenant that is no text', { tenant: 7 }, /lacks claims/],
])('%s is refused with its reason', async (_, change, reason) => {
  expect(await setUp().verifier.verify(await sign(change))).toMatch(reason);
});

test('a second of difference between clocks is no matter', async () => {
  expect(await setUp().verifier.verify(await sign({ nbf: atS + 1, exp: atS - 1 }))).toMatchObject({
    clientId: 'c',
  });
});

test('unsigned, signed by another key or another way, changed or broken: refused', async () => {
  const { verifier } = setUp();
  const token = await sign();
  const [, payload = '', signature = ''] = token.split('.');
  const none = `${part({ alg: 'none', kid: 'a' })}.${payload}.`;
  expect(isToken(none)).toBe(true);
  expect(await verifier.verify(none)).toMatch(/EdDSA; this one says "none"/);
  expect(await verifier.verify(`${part({ alg: 'HS256', kid: 'a' })}.${payload}.${signature}`)).toMatch(
    /"HS256"/,
  );
  const mac = await new SignJWT({ sub: 'c' })
    .setProtectedHeader({ alg: 'HS256', kid: 'a' })
    .sign(Buffer.from(ours.x, 'base64url'));
  expect(await verifier.verify(mac)).toMatch(/"HS256"/);
  expect(await verifier.verify(await sign({}, theirs))).toMatch(/signature does not hold/);
  const changed = part({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), scope: 'admin' });
  expect(await verifier.verify(`${token.split('.')[0]}.${changed}.${signature}`)).toMatch(/signature/);
  for (const broken of ['eyJ..', 'eyJh.b.c', `${part({ alg: 'EdDSA', kid: 'a' })}.x.y`, `${part({})}.a.b`]) {
    expect(typeof (await verifier.verify(broken))).toBe('string');
  }
});

test('an unknown key makes the keys be asked for again, once a second at most; keys that changed at once', async () => {
  const { state, verifier } = setUp();
  const next = makeKey('b');
  const token = await sign({}, next);
  expect(await verifier.verify(token)).toMatch(/not known/);
  expect(state.asked).toBe(1);
  state.keys = [next, ours];
  expect(await verifier.verify(token)).toMatch(/not known/);
  state.nowMs += 1000;
  expect(await verifier.verify(token)).toMatchObject({ clientId: 'c' });
  expect(state.asked).toBe(2);
  state.keys = [next];
  verifier.doubtKeys();
  state.nowMs += 2;
  expect(await verifier.verify(await sign())).toMatch(/not known, or no longer/);
});

test('without auth the known keys serve on; without any the token can be neither accepted nor refused', async () => {
  const { state, verifier } = setUp();
  state.isAway = true;
  await expect(verifier.verify(await sign())).rejects.toMatchObject({ code: 'unavailable' });
  state.isAway = false;
  await verifier.verify(await sign());
  state.isAway = true;
  verifier.doubtKeys();
  expect(await verifier.verify(await sign())).toMatchObject({ clientId: 'c' });
});
