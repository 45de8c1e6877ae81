import { expect, test } from '@jest/globals';
import { addressList, isAmong } from './address-list.ts';

const list = addressList(['203.0.113.0/24', '2001:db8::/32', '198.51.100.7/32']);

test.each([
  ['203.0.113.200', true],
  ['::ffff:203.0.113.200', true],
  ['203.0.114.1', false],
  ['198.51.100.7', true],
  ['198.51.100.8', false],
  ['2001:db8:1::1', true],
  ['2001:db9::1', false],
  ['::ffff:198.51.100.8', false],
  [undefined, false],
  ['nowhere', false],
])('%s is among them: %s', (address, is) => {
  expect(list && isAmong(list, address)).toBe(is);
});

test('no networks: no list', () => {
  expect(addressList([])).toBeUndefined();
});
