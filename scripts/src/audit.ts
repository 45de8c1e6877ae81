import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { verifyAuditLog } from '@sillage/auth/operations';
import { defaultData } from './fleet/data-folder.ts';
import { withFleetDatabase } from './fleet/fleet-database.ts';

const usage = `usage: npm run sillage -- audit verify [options]

Follows the audit log's chain of hashes (each row's SHA-256 covers its content and the row before) and names the first
row that does not hold. Exit code 0 when all of them do, 1 when one does not. Reads DATABASE_URL, or the data folder.

  --data DIR        data folder of an embedded fleet (default .sillage)
  --expect N:HASH   a head printed earlier: also finds rows cut off the end since
`;

/** `sillage audit`. */
export async function audit(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string', default: defaultData },
      expect: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help || positionals[0] !== 'verify') {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  const expected = values.expect === undefined ? undefined : readHead(values.expect);
  const report = await withFleetDatabase(resolve(values.data), ({ databaseUrl }) =>
    verifyAuditLog(databaseUrl, expected),
  );
  if (report.fault !== undefined) {
    process.stdout.write(`the audit log does not hold: ${report.fault} (${report.rows} rows before it do)\n`);
    return 1;
  }
  const head = Buffer.from(report.head).toString('hex');
  process.stdout.write(`the audit log holds: ${report.rows} rows\nhead ${report.rows}:${head}\n`);
  return 0;
}

function readHead(text: string): { seq: number; hash: Uint8Array } {
  const match = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text);
  if (!match?.[1] || !match[2])
    throw new Error('--expect must be N:HASH as `audit verify` prints it after "head"');
  return { seq: Number(match[1]), hash: Buffer.from(match[2], 'hex') };
}
