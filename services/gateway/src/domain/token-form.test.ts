import { expect, test } from '@jest/globals';
import { readTokenForm } from './token-form.ts';

const form = (text: string) => new URLSearchParams(text);
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const grant = 'grant_type=client_credentials';

test('credentials come by HTTP Basic, form-encoded, or in the form', () => {
  const expected = { clientId: 'a', clientSecret: 'b c', scopes: [] };
  expect(readTokenForm(form(grant), basic('a', 'b+c'))).toEqual(expected);
  expect(readTokenForm(form(grant), basic('a', 'b%20c'))).toEqual(expected);
  expect(readTokenForm(form(`${grant}&client_id=a&client_secret=b+c`), undefined)).toEqual(expected);
  expect(readTokenForm(form(`${grant}&client_id=a`), basic('a', 'b+c'))).toEqual(expected);
});

test('scopes are separated by blanks', () => {
  const { scopes } = readTokenForm(form(`${grant}&scope=predict++models:nose`), basic('a', 'b'));
  expect(scopes).toEqual(['predict', 'models:nose']);
});

test.each([
  ['nothing', '', basic('a', 'b'), 'invalid_request'],
  ['another grant', 'grant_type=password', basic('a', 'b'), 'unsupported_grant_type'],
  ['a grant sent twice', `${grant}&${grant}`, basic('a', 'b'), 'invalid_request'],
  ['two scopes', `${grant}&scope=a&scope=b`, basic('a', 'b'), 'invalid_request'],
  ['credentials in both places', `${grant}&client_secret=b`, basic('a', 'b'), 'invalid_request'],
  ['two client ids', `${grant}&client_id=c`, basic('a', 'b'), 'invalid_request'],
  ['no credentials', grant, undefined, 'invalid_client'],
  ['no secret', `${grant}&client_id=a`, undefined, 'invalid_client'],
  ['an empty secret', grant, basic('a', ''), 'invalid_client'],
  ['a bearer', grant, 'Bearer x', 'invalid_client'],
  ['broken Basic', grant, 'Basic ???', 'invalid_client'],
  ['a percent sign alone', grant, basic('a', '%'), 'invalid_client'],
  [
    'a secret without end',
    `${grant}&client_id=a&client_secret=${'b'.repeat(600)}`,
    undefined,
    'invalid_client',
  ],
])('%s is refused', (_, text, authorization, code) => {
  expect(() => readTokenForm(form(text), authorization)).toThrow(expect.objectContaining({ code }));
});
