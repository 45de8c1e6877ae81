import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type InferenceServiceDefinition,
  inferenceService,
  type PredictionRow__Output,
  type PredictRequest,
} from '@sillage/contracts';
import { service } from '@sillage/inference';
import { GrpcClient, type RunningService, startService } from '@sillage/kit';

// The real model, twice: version 2 is the shipped one, version 1 the same without an index of known odorants.
const shipped = join(import.meta.dirname, '..', '..', 'models', 'olfactory-base', '1');
const vanillin = 'COc1cc(C=O)ccc1O';

let models: string;
let running: RunningService;
let client: GrpcClient<InferenceServiceDefinition>;

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), 'sillage-models-'));
  await addVersion('2', (manifest) => manifest);
  await addVersion('1', (manifest) => manifest.replaceAll(/^ {2}odorant.*\n/gm, '').replace('0.8925', '0.5'));
  running = await startService(service, {
    HOST: '127.0.0.1',
    GRPC_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    MAX_WORKERS: '2',
    MODEL_PATH: models,
  });
  client = new GrpcClient({
    definition: inferenceService,
    target: `127.0.0.1:${running.ports['grpc']}`,
    peer: 'inference',
    timeoutMs: 60_000,
  });
}, 60_000);

afterAll(async () => {
  client.close();
  await running.stop();
  await rm(models, { recursive: true });
});

async function addVersion(version: string, change: (manifest: string) => string): Promise<void> {
  const folder = join(models, 'olfactory-base', version);
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(shipped)) {
    if (file !== 'manifest.yaml') await symlink(join(shipped, file), join(folder, file));
  }
  const manifest = await readFile(join(shipped, 'manifest.yaml'), 'utf8');
  await writeFile(
    join(folder, 'manifest.yaml'),
    change(manifest).replace('version: "1"', `version: "${version}"`),
  );
}

async function predict(smiles: string[], asked: Partial<PredictRequest>) {
  const { rows } = await client.unary('Predict', { smiles, ...asked });
  return rows.map((row: PredictionRow__Output) => row.prediction);
}

describe('similar', () => {
  test('a known molecule is the first of its neighbours, with what perfumers wrote of each', async () => {
    const [found] = await predict([vanillin], { include: ['INCLUDE_SIMILAR'] });
    expect(found?.similar).toHaveLength(5);
    const [itself, ...others] = found?.similar ?? [];
    expect(itself).toMatchObject({ smiles: vanillin, name: 'vanillin', similarity: 1, sameMolecule: true });
    expect(itself?.notes).toContain('vanilla');
    expect(itself?.sources.length).toBeGreaterThan(0);
    const similarities = others.map(({ similarity }) => similarity);
    expect(similarities).toEqual(similarities.toSorted((a, b) => b - a));
    expect(others.filter(({ sameMolecule }) => sameMolecule)).toEqual([]);
    expect(others.filter(({ notes }) => notes.includes('vanilla')).length).toBeGreaterThan(0);
  });

  test('stereo is not seen; how many is asked for', async () => {
    const carvones = ['CC(=C)[C@@H]1CC=C(C)C(=O)C1', 'CC(=C)[C@H]1CC=C(C)C(=O)C1'];
    const [left, right] = await predict(carvones, { include: ['INCLUDE_SIMILAR'], similarK: 50 });
    expect(left?.similar).toHaveLength(50);
    expect(left?.similar).toEqual(right?.similar);
    expect(left?.similar[0]?.sameMolecule).toBe(true);
  });

  test('a new molecule has neighbours too, and a list keeps its order and its bad rows', async () => {
    const ethers = Array.from(
      { length: 40 },
      (_, n) => `${'C'.repeat(3 + (n % 20))}OCCOCC(C)S${'C'.repeat(1 + Math.floor(n / 20))}`,
    );
    const rows = await predict([...ethers, 'C1CC', vanillin], { include: ['INCLUDE_SIMILAR'], similarK: 1 });
    expect(
      rows.slice(0, 40).every((row) => row?.similar.length === 1 && row.similar[0]?.sameMolecule === false),
    ).toBe(true);
    expect(rows[40]).toBeUndefined();
    expect(rows[41]?.similar.map(({ name }) => name)).toEqual(['vanillin']);
  });

  test('nothing of it unless asked for', async () => {
    const [plain] = await predict([vanillin], {});
    expect(plain).toMatchObject({ similar: [], attribution: null, svg: '' });
    expect(plain?.embedding).toHaveLength(0);
  });

  test.each([
    ['51 neighbours', { similarK: 51 }, '/similar_k', /1 to 50/],
    ['a model without an index', { model: { name: 'olfactory-base', version: '1' } }, '/include', /no index/],
  ])('refused: %s', async (_, change, pointer, detail) => {
    const request = { smiles: ['C'], include: ['INCLUDE_SIMILAR' as const], ...change };
    await expect(client.unary('Predict', request)).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer, detail: expect.stringMatching(detail) }],
    });
  });
});

describe('attribution', () => {
  test('the sulphur atoms speak most for a sulphurous smell, and the drawing shows it', async () => {
    const [found] = await predict(['CSSC'], {
      include: ['INCLUDE_ATTRIBUTION'],
      attributionNote: 'sulfurous',
    });
    const { note, atoms = [], unitLogOdds = 0 } = found?.attribution ?? {};
    expect(note).toBe('sulfurous');
    expect(atoms).toHaveLength(4);
    expect(Math.max(...atoms)).toBe(1);
    expect(Math.min(atoms[1] ?? 0, atoms[2] ?? 0)).toBeGreaterThan(Math.max(atoms[0] ?? 1, atoms[3] ?? 1));
    expect(unitLogOdds).toBeGreaterThan(0.5);
    // Atoms that are alike to the model are alike here.
    expect(atoms[1]).toBeCloseTo(atoms[2] ?? 0, 4);
    const [plain] = await predict(['CSSC'], { include: ['INCLUDE_SVG'] });
    expect(found?.svg).toContain('<ellipse');
    expect(plain?.svg).not.toContain('<ellipse');
  });

  test('atoms are told in the order of the SMILES that was sent', async () => {
    const asked = { include: ['INCLUDE_ATTRIBUTION' as const], attributionNote: 'phenolic' };
    const [one, other] = await predict(['Oc1ccccc1', 'c1ccccc1O'], asked);
    expect(one?.attribution?.atoms[0]).toBeCloseTo(other?.attribution?.atoms[6] ?? Number.NaN, 4);
    expect(one?.attribution?.atoms[0]).toBeGreaterThan(0);
  });

  test('without a note it is that of each molecule, and hydrogens that are written are no atoms of it', async () => {
    const [first, second] = await predict([vanillin, '[2H]OCCC'], { include: ['INCLUDE_ATTRIBUTION'] });
    expect(first?.attribution?.note).toBe(first?.notes[0]);
    expect(second?.attribution?.atoms).toHaveLength(4);
  });

  test.each(['C', 'C'.repeat(65)])(
    'too small or too large: a warning, and the drawing: %s',
    async (smiles) => {
      const [row] = await predict([smiles], { include: ['INCLUDE_ATTRIBUTION'] });
      expect(row?.attribution).toBeNull();
      expect(row?.warnings.map(({ code }) => code)).toContain('no_attribution');
      expect(row?.svg).toContain('<svg');
    },
  );

  test('together with all else, for 32 molecules with a bad one among them', async () => {
    const smiles = Array.from({ length: 31 }, (_, n) => `${'C'.repeat(2 + n)}SC`);
    const rows = await predict([...smiles, 'C1CC'], {
      include: ['INCLUDE_ATTRIBUTION', 'INCLUDE_SIMILAR', 'INCLUDE_EMBEDDING', 'INCLUDE_SVG'],
    });
    expect(rows[31]).toBeUndefined();
    for (const [index, row] of rows.slice(0, 31).entries()) {
      expect(row?.attribution?.atoms).toHaveLength(4 + index);
      expect(row?.similar).toHaveLength(5);
      expect(row?.embedding).toHaveLength(1024);
    }
  }, 60_000);

  test.each([
    ['33 molecules', { smiles: Array.from({ length: 33 }, () => 'CC') }, '/include', /at most 32/],
    ['an unknown note', { smiles: ['CC'], attributionNote: 'moonlight' }, '/attribution_note', /moonlight/],
  ])('refused: %s', async (_, change, pointer, detail) => {
    const request = { include: ['INCLUDE_ATTRIBUTION' as const], ...change };
    await expect(client.unary('Predict', request)).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer, detail: expect.stringMatching(detail) }],
    });
  });
});

describe('mixtures', () => {
  const isoamyl = 'CC(=O)OCCC(C)C';

  test('a blend smells of its parts, more of what there is more of', async () => {
    const blend = async (vanilla: number) => {
      const answer = await client.unary('PredictMixture', {
        components: [
          { smiles: vanillin, proportion: vanilla },
          { smiles: isoamyl, proportion: 1 },
        ],
        topK: 138,
      });
      const place = answer.notes.indexOf('vanilla');
      return { ...answer, vanilla: answer.probabilities[place] ?? 0 };
    };
    const [little, much] = await Promise.all([blend(0.01), blend(100)]);
    expect(little.vanilla).toBeLessThan(much.vanilla);
    expect(much.method).toMatchObject({ name: 'stevens-vector-sum', exponent: 0.22 });
    expect(much.components.map(({ smiles }) => smiles)).toEqual([vanillin, isoamyl]);
    expect(much.components.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(much.components.reduce((sum, { proportion }) => sum + proportion, 0)).toBeCloseTo(1, 6);
    expect(much.components[0]?.notes).toContain('vanilla');
    expect(much.intensity).toBeGreaterThan(0);
    expect(much.pleasantness).toBeGreaterThan(0);
  });

  test('a molecule mixed with itself is itself', async () => {
    const [alone] = await predict([vanillin], { topK: 20 });
    const mixed = await client.unary('PredictMixture', {
      components: [
        { smiles: vanillin, proportion: 2 },
        { smiles: 'O=Cc1ccc(O)c(OC)c1', proportion: 5 },
      ],
      topK: 20,
    });
    expect(mixed.notes).toEqual(alone?.notes);
    for (const [index, probability] of mixed.probabilities.entries()) {
      expect(probability).toBeCloseTo(alone?.probabilities[index] ?? Number.NaN, 4);
    }
  });

  test('every component that cannot be used is named', async () => {
    const components = ['CCO', 'C1CC', '', 'CC(C)(C)(C)C'].map((smiles) => ({ smiles, proportion: 1 }));
    await expect(client.unary('PredictMixture', { components })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/^components\.1\.smiles: /),
      errors: [1, 2, 3].map((index) => ({
        pointer: `/components/${index}/smiles`,
        detail: expect.any(String),
      })),
    });
  });

  test.each([
    ['one component', [{ smiles: 'C', proportion: 1 }], '/components'],
    ['51 components', Array.from({ length: 51 }, () => ({ smiles: 'C', proportion: 1 })), '/components'],
    [
      'a proportion of nothing',
      [
        { smiles: 'CCO', proportion: 1 },
        { smiles: 'CCC', proportion: 0 },
      ],
      '/components/1/proportion',
    ],
    [
      'a proportion that is no number',
      [
        { smiles: 'CCO', proportion: Number.NaN },
        { smiles: 'CCC', proportion: 1 },
      ],
      '/components/0/proportion',
    ],
  ])('refused: %s', async (_, components, pointer) => {
    await expect(client.unary('PredictMixture', { components })).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ pointer, detail: expect.any(String) }],
    });
  });
});

describe('two versions of one model', () => {
  test('the newest answers unless a version is named', async () => {
    const versionOf = async (model: PredictRequest['model']) =>
      (await client.unary('Predict', { smiles: ['CCO'], model: model ?? null })).model?.version;
    expect(await versionOf(null)).toBe('2');
    expect(await versionOf({ name: 'olfactory-base' })).toBe('2');
    expect(await versionOf({ name: 'olfactory-base', version: '1' })).toBe('1');
  });

  test('both are listed with their figures, and each has its own in the metrics', async () => {
    const { models: listed } = await client.unary('ListModels', {});
    expect(listed.map(({ ref, isDefault }) => [ref?.version, isDefault])).toEqual([
      ['2', true],
      ['1', false],
    ]);
    expect(listed[1]?.figures[0]).toEqual({ dataset: 'gslf-fold-0', metric: 'macro_auroc', value: 0.5 });
    expect(listed[0]?.license).toBe('MIT');
    const text = await (await fetch(`http://127.0.0.1:${running.ports['metrics']}/metrics`)).text();
    expect(text).toMatch(
      /^olfactory_model_accuracy\{.*model="olfactory-base",dataset="gslf-fold-0".*\} 0\.89/m,
    );
    expect(text).toMatch(
      /^olfactory_model_accuracy\{.*model="olfactory-base\/1",dataset="gslf-fold-0".*\} 0\.5$/m,
    );
  });
});
