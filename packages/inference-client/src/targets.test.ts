import { expect, test } from '@jest/globals';
import { parseTargets, poolTargets } from './targets.ts';

test('one target stays as it is written; several have weights, 100 where none is said', () => {
  expect(parseTargets('127.0.0.1:50052')).toEqual([
    { name: '127.0.0.1:50052', target: '127.0.0.1:50052', weight: 100 },
  ]);
  expect(
    parseTargets('dns:///sillage-inference-a:50052=95, dns:///sillage-inference-b:50052=5,c:1=0'),
  ).toEqual([
    { name: 'sillage-inference-a:50052', target: 'dns:///sillage-inference-a:50052', weight: 95 },
    { name: 'sillage-inference-b:50052', target: 'dns:///sillage-inference-b:50052', weight: 5 },
    { name: 'c:1', target: 'c:1', weight: 0 },
  ]);
});

test.each([
  ['', 'must name 1 to 32 targets'],
  ['a:1=', 'the weight must be a whole number from 0 to 1000'],
  ['a:1=1001', 'a:1=1001: the weight must be'],
  ['a:1=5=5', 'the weight must be'],
  ['inference', 'inference: must be host:port or dns:///host:port'],
  ['http://a:1', 'must be host:port'],
  ['a:1,dns:///a:1', 'a:1 is named twice'],
])('%j is refused', (text, reason) => {
  expect(() => parseTargets(text)).toThrow(reason);
});

test('as a variable the fault is told like that of any other', () => {
  const parsed = poolTargets('inference').safeParse('a:1=x');
  expect(parsed.error?.issues[0]?.message).toContain('a:1=x: the weight must be');
  expect(poolTargets('inference').safeParse(undefined).error?.issues[0]?.message).toContain(
    'is needed: host:port',
  );
});
