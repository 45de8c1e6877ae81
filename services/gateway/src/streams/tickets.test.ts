import { expect, test } from '@jest/globals';
import { Keyring } from '@sillage/kit';
import { MemoryLimiterStore } from '../clients/memory-limiter-store.ts';
import { StreamTickets } from './tickets.ts';

const keyring = new Keyring([Buffer.alloc(32, 7)]);

test('a ticket holds once, for half a minute, for its device, and shows nothing of the credential', async () => {
  let now = 1_000_000;
  const tickets = new StreamTickets({ keyring, limiter: new MemoryLimiterStore(), now: () => now });
  const { ticket, endsAtMs } = tickets.issue('sk_test_abc', 'one');
  expect(endsAtMs - now).toBe(30_000);
  // A subprotocol is a token of RFC 9110.
  expect(ticket).toMatch(/^[\w.-]+$/);
  expect(Buffer.from(ticket.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('sk_test');
  await expect(tickets.redeem(ticket, 'other')).rejects.toThrow('another device');
  await expect(tickets.redeem(`${ticket}A`, 'one')).rejects.toThrow('not made here');
  expect(await tickets.redeem(ticket, 'one')).toBe('sk_test_abc');
  await expect(tickets.redeem(ticket, 'one')).rejects.toThrow('used before');
  const late = tickets.issue(undefined, 'one').ticket;
  now += 30_000;
  await expect(tickets.redeem(late, 'one')).rejects.toThrow('has ended');
});
