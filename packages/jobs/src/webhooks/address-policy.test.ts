import { expect, test } from '@jest/globals';
import { AddressPolicy } from './address-policy.ts';

const policy = new AddressPolicy([]);

test.each([
  '127.0.0.1',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '192.0.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  'ff02::1',
  'not an address',
])('%s is refused', (address) => {
  expect(policy.reach(address)).toBe('refused');
});

test.each(['8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
  expect(policy.reach(address)).toBe('public');
});

test('a network that the operator names is allowed, and it alone', () => {
  const named = new AddressPolicy(['10.1.0.0/16', 'fd00:1::/32']);
  expect(named.reach('10.1.2.3')).toBe('allowed');
  expect(named.reach('::ffff:10.1.2.3')).toBe('allowed');
  expect(named.reach('fd00:1::5')).toBe('allowed');
  expect(named.reach('10.2.0.1')).toBe('refused');
});

test.each([
  ['https://example.com/hook', undefined],
  ['https://8.8.8.8/hook', undefined],
  ['http://example.com/hook', /https/],
  ['ftp://example.com', /https/],
  ['nonsense', /URL/],
  ['https://user:secret@example.com', /user/],
  ['https://localhost/x', /inside a network/],
  ['https://a.localhost./x', /inside a network/],
  ['https://169.254.169.254/latest/meta-data', /inside a network/],
  ['https://2130706433/', /inside a network/],
  ['https://0x7f.1/', /inside a network/],
  ['https://[::1]/', /inside a network/],
  ['https://[::ffff:127.0.0.1]/', /inside a network/],
] as const)('%s', (url, fault) => {
  if (fault) expect(policy.faultOf(url)).toMatch(fault);
  else expect(policy.faultOf(url)).toBeUndefined();
});
