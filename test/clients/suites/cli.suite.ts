import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

const main = join(import.meta.dirname, '../../../packages/cli/dist/main.js');
const golden = join(import.meta.dirname, '../golden');
const folder = mkdtempSync(join(tmpdir(), 'sillage-cli-suite-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as a person does, in a folder of its own, into pipes. */
function sillage(
  args: readonly string[],
  { stdin = '', env = {} }: { stdin?: string; env?: object } = {},
): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    input: stdin,
    cwd: folder,
    env: { ...process.env, HOME: folder, ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

/** What differs from run to run, by a word for it. */
function normalise(text: string): string {
  return text
    .replaceAll(process.env['SILLAGE_URL'] ?? '', 'URL')
    .replaceAll(folder, 'FOLDER')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/sk_[a-z]+_\w+/g, 'KEY')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.\d+Z)?/g, 'TIME')
    .replaceAll(/"(queue|inference|total)_ms": [\d.]+/g, '"$1_ms": MS')
    .replaceAll(/"cached": (true|false)/g, '"cached": BOOL')
    .replaceAll(/, [\d.]+\/s(, \d+ \S+ left)?/g, ', SPEED')
    .replaceAll(/(?<=^id {6}|revoke )[0-9A-Za-z]{11}$/gm, 'ID')
    .replaceAll(/\d+ of 5000/g, 'N of 5000')
    .replaceAll(/Node [\d.]+/g, 'Node VERSION')
    .replaceAll(/ +$/gm, '');
}

/** Decimals and per cent: another processor rounds them otherwise. Whole numbers are text. */
const measured = /\d+\.\d+|\d+(?= %)/g;

function holdText(text: string, stored: string): void {
  expect(text.replaceAll(measured, '#')).toBe(stored.replaceAll(measured, '#'));
  const [own = [], wanted = []] = [text, stored].map((one) =>
    [...one.matchAll(measured)].map(([number]) => number),
  );
  const apart = own.filter((number, at) => {
    const tolerance = number.includes('.') ? 0.011 : 1;
    return Math.abs(Number(number) - Number(wanted[at])) > tolerance;
  });
  expect(apart).toEqual([]);
}

/** Holds what a command line came to against a stored file; UPDATE_GOLDEN=1 writes it anew. */
function hold(name: string, args: readonly string[], world: { stdin?: string; env?: object } = {}): Ran {
  const ran = sillage(args, world);
  const shown = args.map((arg) => (/[\s"'{]/.test(arg) ? `'${arg}'` : arg)).join(' ');
  const text = normalise(
    `$ sillage ${shown}\n${ran.out}${ran.err === '' ? '' : `--- standard error\n${ran.err}`}--- exit ${ran.code}\n`,
  );
  const file = join(golden, `${name}.txt`);
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, text);
  holdText(text, readFileSync(file, 'utf8'));
  return ran;
}

test('predict: arguments, standard input, CSV in and out', () => {
  hold('predict', ['predict', 'COc1cc(C=O)ccc1O', 'CSSC', 'C1CC', '[Na+].[Cl-]']);
  hold('predict-json', ['predict', 'CSSC', '--top', '2', '--json']);
  hold('predict-stdin', ['predict', '--top', '1', '--strict'], { stdin: 'CCO ethanol\nC1CC\n' });
  hold('predict-stdin-json', ['predict', '--top', '1', '--json'], { stdin: 'CSSC\n' });
  hold('predict-refused', ['predict', 'C1CC']);
  const file = join(folder, 'stoffe.csv');
  writeFileSync(
    file,
    Buffer.from(
      'Name;Structure;Menge\r\nVanillin;COc1cc(C=O)ccc1O;"1,5"\r\nS\xfc\xdf;CSSC;2\r\n;;3\r\n',
      'latin1',
    ),
  );
  hold('predict-csv', ['predict', '--in', file, '--top', '2']);
  const out = join(folder, 'notes.csv');
  hold('predict-csv-out', ['predict', '--in', file, '--column', '2', '--out', out, '--top', '1']);
  expect(readFileSync(out, 'utf8').split('\n')[0]).toBe(
    'Name;Structure;Menge;note_1;probability_1;intensity;pleasantness;odorous;confidence;warnings;error',
  );
});

test('generate: a table, candidates, and what is not understood', () => {
  hold('generate', [
    'generate',
    'warm',
    'vanilla,',
    'fluffy',
    '--count',
    '2',
    '--seed',
    '7',
    '--worker',
    'optimized',
  ]);
  hold('generate-candidates', [
    'generate',
    'woody amber',
    '-n',
    '2',
    '--seed',
    '7',
    '-w',
    'baseline',
    '--no-score',
  ]);
  hold('generate-not-understood', ['generate', 'tax return']);
  hold('generate-wrong', ['generate', 'vanilla', '--constraints', '{"min_rings": 3, "max_rings": 1}']);
});

test('jobs: run, list, results, and one that is not there', () => {
  const file = join(folder, 'three.smi');
  writeFileSync(file, 'COc1cc(C=O)ccc1O vanillin\nC1CC\nCSSC\n');
  const out = join(folder, 'rows.csv');
  const ran = sillage(['jobs', 'run', file, '--top', '1', '--out', out]);
  expect({ code: ran.code, out: ran.out }).toEqual({ code: 0, out: '' });
  expect(ran.err).toMatch(/succeeded \[#+\] 100 % {2}3 of 3, 1 with an error/);
  expect(readFileSync(out, 'utf8')).toContain('COc1cc(C=O)ccc1O');
  const [job] = JSON.parse(sillage(['jobs', 'list', '--limit', '1', '--json']).out) as [{ id: string }];
  hold('jobs-get', ['jobs', 'get', job.id]);
  hold('jobs-results', ['jobs', 'results', job.id]);
  hold('jobs-watch', ['jobs', 'watch', job.id]);
  hold('jobs-not-found', ['jobs', 'get', '00000000-0000-0000-0000-000000000000']);
  const detached = sillage(['jobs', 'run', '--describe', 'woody', '--count', '5000', '--detach']);
  hold('jobs-cancel', ['jobs', 'cancel', detached.out.trim()]);
});

test('sensors: replay, classify, list, watch', () => {
  const created = hold('sensors-create', ['sensors', 'create', 'suite nose']);
  const device = created.out.trim();
  hold('sensors-replay', [
    'sensors',
    'replay',
    '--substance',
    'almond',
    '--seconds',
    '110',
    '--device',
    device,
  ]);
  hold('sensors-classify', ['sensors', 'classify', device]);
  hold('sensors-watch', ['sensors', 'watch', device, '--count', '1']);
  expect(sillage(['sensors', 'list']).out).toContain(device);
  hold('sensors-calibrate', ['sensors', 'calibrate', device, '--by', 'A. Meyer', '--valid-days', '90']);
  expect(sillage(['sensors', 'calibrations', device]).out).toContain('A. Meyer');
  const second = sillage(['sensors', 'create', 'second nose']).out.trim();
  const array = sillage(['sensors', 'arrays', 'create', 'room 3', device, second]).out.trim();
  hold('sensors-arrays-classify', ['sensors', 'arrays', 'classify', array]);
  expect(sillage(['sensors', 'arrays', 'list']).out).toContain(array);
  hold('sensors-arrays-remove', ['sensors', 'arrays', 'remove', array]);
  hold('sensors-remove', ['sensors', 'remove', device]);
});

test('keys: one is made, and alone on standard output; it is revoked', () => {
  const made = hold('keys-create', [
    'keys',
    'create',
    '--label',
    'suite',
    '--scope',
    'predict,models:olfactory-fast',
  ]);
  const key = made.out.trim();
  const env = { SILLAGE_API_KEY: key };
  hold('models', ['models'], { env });
  hold('keys-forbidden', ['account'], { env });
  const [row] = (
    JSON.parse(sillage(['keys', 'list', '--json']).out) as { id: string; label: string }[]
  ).filter(({ label }) => label === 'suite');
  hold('keys-revoke', ['keys', 'revoke', row?.id ?? '']);
  hold('keys-revoked', ['models'], { env });
});

test('webhooks: one is made, tried, shown, removed', () => {
  const address = 'https://sillage.invalid/hook';
  const made = sillage(['webhooks', 'create', address, '--event', 'job.failed']);
  expect(made.out).toMatch(/^\S{16,}\n$/);
  const id = /^id +(\S+)$/m.exec(made.err)?.[1] ?? '';
  hold('webhooks-wrong', ['webhooks', 'create', address, '--event', 'job.lost']);
  hold('webhooks-test', ['webhooks', 'test', id]);
  expect(sillage(['webhooks', 'deliveries', '--webhook', id]).out).toContain('webhook.test');
  expect(sillage(['webhooks', 'list']).out).toContain(id);
  expect(sillage(['webhooks', 'remove', id]).code).toBe(0);
  expect(sillage(['webhooks', 'list']).out).not.toContain(id);
});

test('admin: the fleet, jobs of all tenants, the audit log', () => {
  expect(sillage(['admin', 'fleet']).out).toMatch(/^sensors +ready +1 .*[\s\S]*^jobs: \d+ queued, /m);
  expect(sillage(['admin', 'jobs', '--limit', '1']).out).toMatch(/^id .*\n[0-9a-f-]{36} /);
  expect(sillage(['admin', 'verify-audit']).out).toMatch(/^\d+ rows hold; the last is [0-9a-f]{64}\n$/);
  expect(sillage(['account', 'export']).out.trimEnd().split('\n').at(-1)).toContain('"type":"end"');
});

test('doctor finds the fleet healthy, and without a key says so', () => {
  const url = process.env['SILLAGE_URL'] ?? '';
  const findings = JSON.parse(sillage(['doctor', '--url', url, '--json']).out) as { healthy: boolean };
  expect(findings.healthy).toBe(true);
  hold('doctor-without-key', ['doctor', '--url', url], { env: { SILLAGE_API_KEY: '' } });
});
