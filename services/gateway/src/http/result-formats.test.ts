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
import { csv, sdf } from './result-formats.ts';

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

async function join(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
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

test('predictions as CSV: a header once, a row for each molecule, quotes and commas kept', async () => {
  const [first, second] = [rows.slice(0, 1), rows.slice(1)];
  expect(await join(csv.encode(chunks(first, second), 'predict'))).toBe(
    [
      'index,input,smiles,primary_notes,notes,intensity,pleasantness,odorous,confidence,warnings,error_code,error_detail,error_position',
      '0,OCC,CCO,ethereal;sweet,ethereal:0.9;sweet:0.5,4.2,,,,salt;inorganic,,,',
      '1,"C1""CC",,,,,,,,,invalid_input,"a quote, here",3',
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
