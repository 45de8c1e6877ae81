import { expect, test } from '@jest/globals';
import type { VerifyKeyResponse__Output } from '@sillage/contracts';
import { unavailable } from '@sillage/kit';
import { KeyVerifier } from './key-verifier.ts';
import { TokenVerifier } from './token-verifier.ts';

const valid: VerifyKeyResponse__Output = {
  verdict: 'VERDICT_VALID',
  tenantId: 'tenant-1',
  keyId: 'key-1',
  tier: 'TIER_FREE',
  scopes: ['predict'],
  addressRanges: [],
  consents: [],
  hourlyLimit: 100,
};

function setUp() {
  const state = {
    nowMs: 1_000_000,
    asked: 0,
    answer: valid,
    isAway: false,
    isListening: true,
    gate: Promise.resolve(),
  };
  const askKey = async () => {
    state.asked += 1;
    const answer = state.answer;
    await state.gate;
    if (state.isAway) throw unavailable('auth');
    return answer;
  };
  const now = () => state.nowMs;
  const verifier = new KeyVerifier({
    askKey,
    askClient: askKey,
    tokens: new TokenVerifier({ ask: () => Promise.reject(unavailable('auth')), now }),
    isListening: () => state.isListening,
    now,
  });
  return { state, verifier };
}

test('a verdict is kept for five seconds, no longer', async () => {
  const { state, verifier } = setUp();
  await verifier.verify('k');
  state.nowMs += 4999;
  await verifier.verify('k');
  expect(state.asked).toBe(1);
  state.nowMs += 2;
  await verifier.verify('k');
  expect(state.asked).toBe(2);
});

test('while revocations cannot be heard a verdict is kept for one second', async () => {
  const { state, verifier } = setUp();
  state.isListening = false;
  await verifier.verify('k');
  state.nowMs += 999;
  expect(verifier.peek('k')).toMatchObject({ kind: 'valid' });
  state.nowMs += 1;
  expect(verifier.peek('k')).toBeUndefined();
});

test('many with the same new key ask once', async () => {
  const { state, verifier } = setUp();
  await Promise.all(Array.from({ length: 50 }, () => verifier.verify('k')));
  expect(state.asked).toBe(1);
});

test('a revoked key is asked for again at once, and so are those of a tenant that changed', async () => {
  const { state, verifier } = setUp();
  expect(await verifier.verify('k')).toMatchObject({ kind: 'valid', caller: { hourlyLimit: 100 } });
  state.answer = { ...valid, verdict: 'VERDICT_REVOKED' };
  verifier.forget('another');
  expect(await verifier.verify('k')).toMatchObject({ kind: 'valid' });
  verifier.forgetTenant('tenant-2');
  expect(await verifier.verify('k')).toMatchObject({ kind: 'valid' });
  verifier.forget('key-1');
  expect(await verifier.verify('k')).toEqual({ kind: 'revoked' });
  state.answer = { ...valid, tier: 'TIER_PRO' };
  verifier.forgetTenant('tenant-1');
  expect(await verifier.verify('k')).toMatchObject({ kind: 'valid', caller: { tier: 'pro' } });
});

test('a key ends to the millisecond, not with its verdict', async () => {
  const { state, verifier } = setUp();
  state.answer = { ...valid, expiresAtMs: state.nowMs + 300 };
  await verifier.verify('k');
  state.nowMs += 299;
  expect(verifier.peek('k')).toMatchObject({ kind: 'valid' });
  state.nowMs += 1;
  expect(verifier.peek('k')).toBeUndefined();
});

test('who relies on a key for longer hears that it was revoked, or that a revocation may have been missed', async () => {
  const { verifier } = setUp();
  const heard: string[] = [];
  const offs = ['key-1', 'key-2'].map((id) => verifier.onDoubt({ keyId: id }, () => heard.push(id)));
  await verifier.verify('k');
  verifier.forget('key-1');
  expect(heard).toEqual(['key-1']);
  await verifier.verify('k');
  verifier.forgetTenant('tenant-1');
  expect(heard).toEqual(['key-1', 'key-1']);
  offs[0]?.();
  verifier.doubtAll();
  expect(heard).toEqual(['key-1', 'key-1', 'key-2']);
});

test('who relies on a key for longer hears that it has ended', async () => {
  const { state, verifier } = setUp();
  await new Promise<void>((resolve) => {
    verifier.onDoubt({ keyId: 'key-1', endsAtMs: state.nowMs + 20 }, resolve);
  });
});

test('a revocation heard while auth is being asked keeps the answer out of the cache and from who comes after', async () => {
  const { state, verifier } = setUp();
  let open: () => void = () => {};
  state.gate = new Promise((resolve) => {
    open = resolve;
  });
  const first = verifier.verify('k');
  state.answer = { ...valid, verdict: 'VERDICT_REVOKED' };
  verifier.forget('key-1');
  const second = verifier.verify('k');
  open();
  await first;
  expect(await second).toEqual({ kind: 'revoked' });
  expect(verifier.peek('k')).toEqual({ kind: 'revoked' });
});

test('a failure to ask is not remembered', async () => {
  const { state, verifier } = setUp();
  state.isAway = true;
  await expect(verifier.verify('k')).rejects.toMatchObject({ code: 'unavailable' });
  state.isAway = false;
  await expect(verifier.verify('k')).resolves.toMatchObject({ kind: 'valid' });
});

test('while auth is away a key that held goes on to hold for half a minute, and auth is asked once a second', async () => {
  const { state, verifier } = setUp();
  await verifier.verify('k');
  state.isAway = true;
  state.isListening = false;
  verifier.doubtAll();
  expect(verifier.peek('k')).toBeUndefined();
  for (let second = 0; second < 29; second += 1) {
    expect(await verifier.verify('k')).toMatchObject({ kind: 'valid' });
    await verifier.verify('k');
    state.nowMs += 1000;
  }
  expect(state.asked).toBe(30);
  state.nowMs += 1000;
  await expect(verifier.verify('k')).rejects.toMatchObject({ code: 'unavailable' });
});

test('a key that was revoked, or has ended, is not held over', async () => {
  const { state, verifier } = setUp();
  await verifier.verify('k');
  state.isAway = true;
  verifier.forget('key-1');
  await expect(verifier.verify('k')).rejects.toMatchObject({ code: 'unavailable' });
  state.isAway = false;
  state.answer = { ...valid, expiresAtMs: state.nowMs + 6000 };
  await verifier.verify('k');
  state.isAway = true;
  state.nowMs += 6000;
  await expect(verifier.verify('k')).rejects.toMatchObject({ code: 'unavailable' });
});
