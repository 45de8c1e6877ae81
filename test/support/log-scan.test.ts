import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { leaksIn } from './log-scan.ts';
import { makeTestFolder } from './postgres.ts';

test.each([
  ['a key or client secret', `{"detail":"sk_dev_0123456789a_${'x'.repeat(43)}","msg":"request"}`],
  ['a token', '{"t":"eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJlLWhlcmU","msg":"m"}'],
  ['a webhook secret', '{"x":"whsec_abcdef","msg":"m"}'],
  ['a credential of a header', '{"h":"Basic YWJjOmRlZmdoaWprbG1ub3A=","msg":"m"}'],
  ['a password in an address', '{"url":"postgres://sillage:hunter2@db/sillage","msg":"m"}'],
  ['the pass phrase', '{"x":"open sesame","msg":"m"}'],
  ['a client’s address', '{"ip":"203.0.113.9","msg":"m"}'],
  ['a client’s address', '{"ip":"10.0.0.7","msg":"request"}'],
])('%s is found, with its place and without itself', (what, line) => {
  const folder = makeTestFolder();
  try {
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs', 'gateway.log'), `{"msg":"started","on":"127.0.0.1:80"}\n${line}\n`);
    const message = /"msg":"(\w+)/.exec(line)?.[1];
    expect(leaksIn(folder, { 'the pass phrase': 'open sesame' })).toEqual([
      `logs/gateway.log:2 holds ${what}: ${message}`,
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
