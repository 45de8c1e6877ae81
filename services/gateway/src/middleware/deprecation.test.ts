import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import express from 'express';
import { linkNext } from '../http/links.ts';
import { deprecation } from './deprecation.ts';

test('a route on its way out says since when, until when and what comes after, beside its other links', async () => {
  const app = express();
  const data = { since: '2027-01-01', sunset: '2027-07-01', successor: '/api/v2/things' };
  app.get('/api/v1/things', deprecation(data), (request, response) => {
    linkNext(request, response, { before: 'a b>' });
    response.end();
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { headers } = await fetch(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/things?limit=2&before=c`,
    );
    expect(headers.get('deprecation')).toBe('@1798761600');
    expect(headers.get('sunset')).toBe('Thu, 01 Jul 2027 00:00:00 GMT');
    expect(headers.get('link')?.split(', ')).toEqual([
      '</api/v2/things>; rel="successor-version"',
      '</docs>; rel="deprecation"; type="text/html"',
      '</api/v1/things?limit=2&before=a+b%3E>; rel="next"',
    ]);
  } finally {
    server.close();
  }
});
