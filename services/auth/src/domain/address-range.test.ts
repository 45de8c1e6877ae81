import { expect, test } from '@jest/globals';
import { readAddressRanges } from './address-range.ts';

test('networks of both families, single addresses, each once', () => {
  expect(
    readAddressRanges(['203.0.113.0/24', ' 198.51.100.7', '2001:DB8::/32', '::1', '203.0.113.0/24']),
  ).toEqual(['203.0.113.0/24', '198.51.100.7/32', '2001:db8::/32', '::1/128']);
});

test.each([
  '',
  'here',
  '203.0.113.0/33',
  '203.0.113.0/',
  '203.0.113/24',
  '2001:db8::/129',
  '0.0.0.0/0',
  '1.2.3.4/8/8',
  'fe80::1%eth0',
])('%j is refused by its place', (text) => {
  expect(() => readAddressRanges(['::1', text])).toThrow(
    expect.objectContaining({
      code: 'invalid_input',
      errors: [expect.objectContaining({ pointer: '/address_ranges/1' })],
    }),
  );
});

test('a list has its bound', () => {
  expect(() => readAddressRanges(Array.from({ length: 51 }, (_, index) => `10.0.0.${index}`))).toThrow(
    /at most 50/,
  );
});
