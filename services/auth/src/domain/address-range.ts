import { BlockList, isIP } from 'node:net';
import { AppError } from '@sillage/kit';

const maxRanges = 50;

/** Networks as they are kept: `203.0.113.0/24`, `2001:db8::/32`; a single address is one of its own. Throws invalid_input. */
export function readAddressRanges(values: readonly string[]): string[] {
  if (values.length > maxRanges) throw wrong('/address_ranges', `must have at most ${maxRanges} networks`);
  return [...new Set(values.map((value, index) => readRange(value.trim(), `/address_ranges/${index}`)))];
}

function readRange(text: string, pointer: string): string {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (version === 0 || rest.length > 0 || address.includes('%') || !(prefix >= 0 && prefix <= bits)) {
    throw wrong(pointer, 'must be a network such as 203.0.113.0/24 or 2001:db8::/32, or a single address');
  }
  if (prefix === 0) throw wrong(pointer, 'must not hold every address; leave the list empty for that');
  // Throws for nothing that came this far; kept here so that what is stored is what the gateway can check.
  new BlockList().addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  return `${address.toLowerCase()}/${prefix}`;
}

function wrong(pointer: string, detail: string): AppError {
  return new AppError('invalid_input', `${pointer.slice(1).replace('/', '.')} ${detail}`, {
    errors: [{ pointer, detail }],
  });
}
