import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inferenceService } from '@sillage/contracts';
import {
  AppError,
  createLog,
  GrpcClient,
  type GrpcServerHandle,
  Health,
  Metrics,
  startGrpcServer,
} from '@sillage/kit';
import { parquetReadObjects } from 'hyparquet';
import { csv, parquet, sdf } from './result-formats.ts';

const rows = [
  {
    index: 0,
    input: 'OCC',
    smiles: 'CCO',
    primary_notes: ['ethereal', 'sweet'],
    notes: [
      { note: 'ethereal', probability: 0.9 },
      { note: 'sweet', probability: 0.5 },
    ],
    intensity: 4.2,
    warnings: [
      { code: 'salt', detail: 'this is a salt' },
      { code: 'inorganic', detail: 'this has no carbon' },
    ],
    cached: false,
  },
  { index: 1, input: 'C1"CC', error: { code: 'invalid_input', detail: 'a quote, here', position: 3 } },
];
const molecule = {
  index: 0,
  smiles: 'CCO',
  valid: true,
  novel: false,
  match: 0.8,
  notes: [{ note: 'ethereal', probability: 0.9 }],
  molecular_weight: 46.069,
  similarity: 0.31,
  log_p: -0.31,
  safety: { score: 0.9, flags: [{ rule: 'flammable', title: 'Flammable', severity: 'info', source: 'GHS' }] },
};

async function* chunks(...texts: object[][]): AsyncGenerator<string> {
  for (const lines of texts) yield lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

async function join(pieces: AsyncIterable<string | Uint8Array>): Promise<string> {
  return (await joinBytes(pieces)).toString('utf8');
}

async function joinBytes(pieces: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece));
  return Buffer.concat(all);
}

const molblock = '\n     RDKit          2D\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n';
let server: GrpcServerHandle;
let inference: GrpcClient<typeof inferenceService>;

beforeAll(async () => {
  const refuse = () => Promise.reject(new AppError('internal', 'only drawings are asked for here'));
  const { log } = await createLog({ service: 'test', level: 'silent' });
  server = await startGrpcServer<typeof inferenceService>({
    definition: inferenceService,
    host: '127.0.0.1',
    port: 0,
    log,
    metrics: new Metrics('test'),
    health: new Health(),
    handlers: {
      Predict: refuse,
      Generate: refuse,
      PredictMixture: refuse,
      FindSimilar: refuse,
      ReadMap: refuse,
      DescribeMolecules: refuse,
      Evaluate: refuse,
      Classify: refuse,
      ListModels: refuse,
      DrawMolblocks: async ({ smiles }) => ({
        molblocks: smiles.map((one) => (one === 'CCO' ? molblock : '')),
      }),
    },
  });
  inference = new GrpcClient({
    definition: inferenceService,
    target: `127.0.0.1:${server.port}`,
    peer: 'inference',
    timeoutMs: 5000,
  });
});
afterAll(async () => {
  inference.close();
  await server.stop(1000);
});

test('candidates have the cells that are known of them', async () => {
  const text = await join(
    csv.encode(chunks([{ index: 0, smiles: 'CCO', valid: true, novel: false }]), 'generate'),
  );
  const [head = '', row = ''] = text.split('\r\n');
  expect(row).toBe(`0,CCO,true,false${','.repeat(head.split(',').length - 4)}`);
});

test('predictions as CSV: a header once, a row for each molecule, quotes and commas kept', async () => {
  const [first, second] = [rows.slice(0, 1), rows.slice(1)];
  expect(await join(csv.encode(chunks(first, second), 'predict'))).toBe(
    [
      'index,input,smiles,primary_notes,notes,intensity,pleasantness,odorous,confidence,warnings,error_code,error_detail,error_position,line',
      '0,OCC,CCO,ethereal;sweet,ethereal:0.9;sweet:0.5,4.2,,,,salt;inorganic,,,,',
      '1,"C1""CC",,,,,,,,,invalid_input,"a quote, here",3,',
      '',
    ].join('\r\n'),
  );
});

test('a generation as CSV', async () => {
  const [, line] = (await join(csv.encode(chunks([molecule]), 'generate'))).split('\r\n');
  expect(line).toBe('0,CCO,true,false,0.8,ethereal:0.9,46.069,-0.31,,,0.9,flammable:info,0.31');
});

test('an SD file has a record for each row, without atoms where there is nothing to draw', async () => {
  const text = await join(sdf(inference).encode(chunks(rows), 'predict'));
  const records = text.split('$$$$\n').slice(0, -1);
  expect(records).toHaveLength(2);
  expect(records[0]).toContain('RDKit          2D');
  expect(records[0]).toContain('>  <primary_notes>\nethereal;sweet\n');
  expect(records[0]).toContain('>  <warnings>\nsalt;inorganic\n');
  expect(records[1]).toContain('  0  0  0  0');
  expect(records[1]).toContain('>  <error_detail>\na quote, here\n');
});

/** What another reader of Parquet finds in the file. */
async function readParquet(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const { buffer, byteOffset, byteLength } = Uint8Array.from(bytes);
  return parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) });
}

test('Parquet keeps the types of a prediction, over several row groups, and nulls where a row has nothing', async () => {
  const many = Array.from({ length: 40_000 }, (_, index) => ({ ...rows[0], index }));
  const found = await readParquet(await joinBytes(parquet.encode(chunks(rows, many), 'predict')));
  expect(found).toHaveLength(40_002);
  expect(found[0]).toMatchObject({
    index: 0,
    smiles: 'CCO',
    primary_notes: ['ethereal', 'sweet'],
    notes: rows[0]?.notes,
    intensity: 4.2,
    pleasantness: null,
    warnings: ['salt', 'inorganic'],
    error_code: null,
  });
  expect(found[1]).toMatchObject({
    input: 'C1"CC',
    smiles: null,
    error_code: 'invalid_input',
    error_position: 3,
  });
  expect(found.at(-1)).toMatchObject({ index: 39_999, intensity: 4.2 });
});

test('Parquet of a generation, and of nothing', async () => {
  const [found] = await readParquet(await joinBytes(parquet.encode(chunks([molecule]), 'generate')));
  expect(found).toMatchObject({
    valid: true,
    safety_score: 0.9,
    safety_flags: ['flammable:info'],
    tpsa: null,
  });
  expect(await readParquet(await joinBytes(parquet.encode(chunks(), 'generate')))).toEqual([]);
});
