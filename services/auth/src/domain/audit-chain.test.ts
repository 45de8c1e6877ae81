import { expect, test } from '@jest/globals';
import { type AuditRow, auditTime, type ChainedRow, chainHash, chainStart, follow } from './audit-chain.ts';

const first: AuditRow = {
  seq: 1,
  at: auditTime(new Date('2026-11-21T10:00:00.5Z')),
  actor: 'key:abc',
  tenantId: undefined,
  action: 'key.created',
  target: 'key:def',
  address: '',
  requestId: 'r1',
  outcome: 'done',
  detail: { b: '2', a: '1' },
};

function chain(...rows: AuditRow[]): ChainedRow[] {
  let previousHash = chainStart.hash;
  return rows.map((row) => {
    const hash = chainHash(previousHash, row);
    const chained = { ...row, previousHash, hash };
    previousHash = hash;
    return chained;
  });
}

function verdict(rows: readonly ChainedRow[]): string {
  let state = chainStart;
  for (const row of rows) {
    const next = follow(state, row);
    if (typeof next === 'string') return next;
    state = next;
  }
  return `${state.seq} rows`;
}

const rows = chain(first, { ...first, seq: 2, action: 'key.rotated' }, { ...first, seq: 3 });

test('a chain that was left alone holds; the order of detail does not matter', () => {
  expect(verdict(rows)).toBe('3 rows');
  expect(chainHash(chainStart.hash, { ...first, detail: { a: '1', b: '2' } })).toEqual(rows[0]?.hash);
});

test.each([
  ['actor', { actor: 'key:xyz' }],
  ['time', { at: '2026-11-21T10:00:00.500001Z' }],
  ['tenant', { tenantId: 'x' }],
  ['outcome', { outcome: 'refused' as const }],
  ['detail', { detail: { a: '1' } }],
])('a changed %s is found', (_, change) => {
  expect(verdict(rows.with(1, { ...(rows[1] as ChainedRow), ...change }))).toMatch(
    /^row 2 \(key.rotated.* was changed/,
  );
});

test('a row taken out and a row put in its place are found', () => {
  expect(verdict(rows.toSpliced(1, 1))).toBe('row 2 is missing');
  expect(verdict(rows.slice(2))).toBe('rows 1 to 2 are missing');
  const forged = { ...first, seq: 2, action: 'forged' };
  const [one] = rows;
  const hash = chainHash(one?.hash ?? chainStart.hash, forged);
  const swapped = rows.with(1, { ...forged, previousHash: one?.hash ?? chainStart.hash, hash });
  expect(verdict(swapped)).toMatch(/^row 3 does not follow row 2/);
});
