import { expect, test } from '@jest/globals';
import { Keyring } from './keyring.ts';

const a = Buffer.alloc(32, 1);
const b = Buffer.alloc(32, 2);

test('what is sealed opens at its place only, and never twice alike', () => {
  const ring = new Keyring([a]);
  const sealed = ring.seal('whsec_1', 'jobs.webhooks:7');
  expect(sealed).not.toContain('whsec_1');
  expect(ring.seal('whsec_1', 'jobs.webhooks:7')).not.toBe(sealed);
  expect(ring.open(sealed, 'jobs.webhooks:7').toString()).toBe('whsec_1');
  expect(() => ring.open(sealed, 'jobs.webhooks:8')).toThrow(
    expect.objectContaining({ code: 'internal', internal: expect.stringMatching(/changed or belongs/) }),
  );
});

test('a changed byte, another form and an unknown key are refused', () => {
  const ring = new Keyring([a]);
  const sealed = ring.seal('x', 'p');
  const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
  for (const wrong of [changed, 'x', 'v1.00000000.AAAA', 'v1..', sealed.slice(0, 14), '']) {
    expect(() => ring.open(wrong, 'p')).toThrow(expect.objectContaining({ code: 'internal' }));
  }
  expect(() => new Keyring([b]).open(sealed, 'p')).toThrow(
    expect.objectContaining({ internal: expect.stringMatching(/not among ENCRYPTION_KEY/) }),
  );
});

test('after a change of the key the previous one still opens and matches, and is told apart', () => {
  const old = new Keyring([a]);
  const ring = new Keyring([b, a]);
  const sealed = old.seal('x', 'p');
  expect(ring.open(sealed, 'p').toString()).toBe('x');
  expect(ring.isCurrent(sealed)).toBe(false);
  expect(ring.isCurrent(ring.seal('x', 'p'))).toBe(true);
  expect(ring.matches('key', old.hash('key', 'use'), 'use')).toBe('previous');
  expect(ring.matches('key', ring.hash('key', 'use'), 'use')).toBe('current');
  expect(ring.matches('key', ring.hash('key', 'use'), 'other use')).toBeUndefined();
  expect(ring.matches('kex', ring.hash('key', 'use'), 'use')).toBeUndefined();
});

test('a hash stays what it was: stored keys must go on to hold', () => {
  expect(
    new Keyring([Buffer.alloc(32, 7)]).hash('sk_dev_a_b', 'sillage/auth/api-key/v1').toString('hex'),
  ).toBe('de89c3c0f1a2860d729bd49392a1a68d476da19deb9162982799b4bbbd18e595');
});
