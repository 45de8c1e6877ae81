import { BlockList, isIP } from 'node:net';

/** Networks in CIDR notation as a list that can be asked; undefined for none: then every address is in. */
export function addressList(ranges: readonly string[]): BlockList | undefined {
  if (ranges.length === 0) return undefined;
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', length] = range.split('/');
    list.addSubnet(address, Number(length), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Whether the address is in one of the networks; an IPv4 address may come in the form ::ffff:203.0.113.7. */
export function isAmong(list: BlockList, address: string | undefined): boolean {
  const version = isIP(address ?? '');
  return version !== 0 && list.check(address ?? '', version === 6 ? 'ipv6' : 'ipv4');
}
