import { expect, test } from '@jest/globals';
import type { VerifyKeyResponse__Output } from '@sillage/contracts';
import { KeyVerifier } from './key-verifier.ts';

const valid: VerifyKeyResponse__Output = {
  verdict: 'VERDICT_VALID',
  tenantId: 'tenant-1',
  keyId: 'key-1',
  tier: 'TIER_FREE',
  scopes: ['predict'],
  hourlyLimit: 100,
};

function setUp() {
  const state = { nowMs: 1000, asked: 0, answer: valid, gate: Promise.resolve() };
  const verifier = new KeyVerifier({
    ask: async () => {
      state.asked += 1;
      const answer = state.answer;
      await state.gate;
      return answer;
    },
    now: () => state.nowMs,
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

test('many with the same new key ask once', async () => {
  const { state, verifier } = setUp();
  await Promise.all(Array.from({ length: 50 }, () => verifier.verify('k')));
  expect(state.asked).toBe(1);
});

test('a revoked key is asked for again at once', async () => {
  const { state, verifier } = setUp();
  expect(await verifier.verify('k')).toMatchObject({ kind: 'valid', caller: { hourlyLimit: 100 } });
  state.answer = { ...valid, verdict: 'VERDICT_REVOKED' };
  verifier.forget('another');
  expect(await verifier.verify('k')).toMatchObject({ kind: 'valid' });
  verifier.forget('key-1');
  expect(await verifier.verify('k')).toEqual({ kind: 'revoked' });
});

test('who relies on a key for longer hears that it was revoked, or that a revocation may have been missed', () => {
  const { verifier } = setUp();
  const heard: string[] = [];
  const offs = ['key-1', 'key-2'].map((id) => verifier.onDoubt(id, () => heard.push(id)));
  verifier.forget('key-1');
  expect(heard).toEqual(['key-1']);
  offs[0]?.();
  verifier.forgetAll();
  expect(heard).toEqual(['key-1', 'key-2']);
});

test('a revocation heard while auth is being asked keeps the answer out of the cache', async () => {
  const { state, verifier } = setUp();
  let open: () => void = () => {};
  state.gate = new Promise((resolve) => {
    open = resolve;
  });
  const first = verifier.verify('k');
  verifier.forget('key-1');
  open();
  await first;
  expect(verifier.peek('k')).toBeUndefined();
});

test('a failure to ask is not remembered', async () => {
  let fails = true;
  const verifier = new KeyVerifier({
    ask: async () => {
      if (fails) throw new Error('auth is away');
      return valid;
    },
  });
  await expect(verifier.verify('k')).rejects.toThrow('auth is away');
  fails = false;
  await expect(verifier.verify('k')).resolves.toMatchObject({ kind: 'valid' });
});
