import { env } from '@sillage/kit';
import ipaddr from 'ipaddr.js';

/** Variables of a service that takes or calls webhooks. */
export const webhookVariables = {
  /** Networks beside the public internet that webhooks may reach, also by http, for instance 10.1.0.0/16; by commas. */
  WEBHOOK_ALLOWED_NETWORKS: env
    .list()
    .refine((networks) => networks.every((network) => ipaddr.isValidCIDR(network)), {
      message: 'must be networks such as 10.1.0.0/16, by commas',
    })
    .default([]),
};

/** `public`: the internet; `allowed`: a network that the operator named; `refused`: everything else. */
export type Reach = 'public' | 'allowed' | 'refused';

/**
 * Where a webhook may go. Everything that is not plain public unicast is refused — loopback, private, link-local (the
 * metadata services of clouds), carrier-grade NAT, multicast, and forms that carry an IPv4 address inside — unless the
 * operator named its network.
 */
export class AddressPolicy {
  readonly #allowed: readonly ReturnType<typeof ipaddr.parseCIDR>[];

  constructor(networks: readonly string[]) {
    this.#allowed = networks.map((network) => ipaddr.parseCIDR(network));
  }

  /** Of an address as text; what is no address is refused. */
  reach(address: string): Reach {
    if (!ipaddr.isValid(address)) return 'refused';
    // An IPv4 address inside an IPv6 one is judged as what it is.
    const parsed = ipaddr.process(address);
    const isNamed = this.#allowed.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match([network, bits] as never),
    );
    if (isNamed) return 'allowed';
    return parsed.range() === 'unicast' ? 'public' : 'refused';
  }

  /** What is wrong with a URL before its name is looked up; undefined where nothing is. */
  faultOf(text: string): string | undefined {
    if (!URL.canParse(text)) return 'must be a URL such as https://example.com/hook';
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
    if (url.username !== '' || url.password !== '') return 'must not have a user or password';
    const host = hostOf(url);
    const reach = ipaddr.isValid(host) ? this.reach(host) : undefined;
    if (reach === 'refused' || /(^|\.)localhost\.?$/i.test(host)) {
      return 'must not be an address inside a network; webhooks go to the public internet';
    }
    if (url.protocol === 'http:' && reach !== 'allowed' && this.#allowed.length === 0)
      return 'must begin with https://';
    return undefined;
  }
}

/** The host without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
