import { expect, test } from '@jest/globals';
import { isSignatureValid, newWebhookSecret, signatureOf } from './signature.ts';

const body = '{"id":"1"}';

test('a signature holds for its body, secret and time, and for nothing else', () => {
  const header = signatureOf('whsec_test', body, 1000);
  expect(header).toBe('t=1000,v1=235871e3d5c75c8cfdc656b4a09a6ac47608497f8f57b7444e418427efac8269');
  expect(isSignatureValid('whsec_test', body, header, 1200)).toBe(true);
  expect(isSignatureValid('whsec_test', `${body} `, header, 1200)).toBe(false);
  expect(isSignatureValid('other', body, header, 1200)).toBe(false);
  expect(isSignatureValid('whsec_test', body, header, 1301)).toBe(false);
  expect(isSignatureValid('whsec_test', body, header.replace('t=1000', 't=1100'), 1200)).toBe(false);
  expect(isSignatureValid('whsec_test', body, 'v1=', 1200)).toBe(false);
});

test('secrets are long and differ', () => {
  expect(newWebhookSecret()).toMatch(/^whsec_[\w-]{43}$/);
  expect(newWebhookSecret()).not.toBe(newWebhookSecret());
});
