import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from './traces-of-tenant.ts';

/** What no log may hold, whoever wrote it. */
const forbidden: Readonly<Record<string, RegExp>> = {
  'a key or client secret': /\b(sk|cs)_(dev|test|stg|live)_[0-9A-Za-z]{11}_[0-9A-Za-z]{20,}/,
  'a token': /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/,
  'a webhook secret': /whsec_[\w-]{4,}/,
  'a credential of a header': /\b(Basic|Bearer) [\w.~+/=-]{16,}/,
  'a password in an address': /\w:\/\/[^/\s:@"]*:[^/\s:@"]+@/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY/,
};
/** Addresses that are kept for examples (RFC 5737, RFC 3849): a client of the tests, never a peer of the fleet. */
const clientAddress = /\b(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}\b|\b2001:db8:/;
/** An address of any kind has no place in what is told of a request. */
const anyAddress = /\b\d{1,3}(\.\d{1,3}){3}\b/;

/**
 * Every place in the logs below a folder that holds a secret or an address of a client, as `file:line holds a token`.
 * `known` are secrets of this run, by what they are.
 */
export function leaksIn(folder: string, known: Readonly<Record<string, string>>): string[] {
  return filesBelow(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        leaksOf(line, known).map((what) => `${file}:${index + 1} holds ${what}: ${messageOf(line)}`),
      ),
  );
}

function leaksOf(line: string, known: Readonly<Record<string, string>>): string[] {
  const found = Object.entries(forbidden).flatMap(([what, pattern]) => (pattern.test(line) ? [what] : []));
  for (const [what, secret] of Object.entries(known)) if (line.includes(secret)) found.push(what);
  const isRequest = line.includes('"msg":"request"');
  if (clientAddress.test(line) || (isRequest && anyAddress.test(line))) found.push('a client’s address');
  return found;
}

/** What the line is about, never the secret in it. */
function messageOf(line: string): string {
  return /"msg":"([^"]{0,80})/.exec(line)?.[1] ?? 'a line that is not JSON';
}
