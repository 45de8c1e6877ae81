import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { Manifest } from './manifest.ts';
import { modelFile, modelKey } from './model-version.ts';
import { ModelRepository } from './repository.ts';
import { scanRepository } from './scan.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'models-'));
});
afterEach(() => rm(root, { recursive: true }));

async function put(folder: string, change: Partial<Manifest> = {}, files = ['model.onnx']): Promise<void> {
  const [name = '', version = ''] = folder.split('/');
  await mkdir(join(root, folder), { recursive: true });
  const manifest: Manifest = {
    name,
    version,
    task: 'odour-notes',
    summary: 'A nose',
    files: { model: 'model.onnx' },
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 1] }],
    labels: ['musk'],
    batching: { maxRows: 1, maxCost: 1 },
    parameters: {},
    metrics: [],
    license: 'MIT',
    data: [],
    ...change,
  };
  await writeFile(join(root, folder, 'manifest.yaml'), stringify(manifest));
  for (const file of files) await writeFile(join(root, folder, file), '');
}

const whole = { name: '', version: '' };

test('models are found by name and version, the newest by number', async () => {
  await put('nose/2');
  await put('nose/10');
  await put('ear/1', { task: 'enose-classification' });
  const repository = new ModelRepository((await scanRepository([root])).models);
  expect(repository.all().map(modelKey)).toEqual(['ear/1', 'nose/10', 'nose/2']);
  const newest = repository.resolve('odour-notes', whole);
  expect(modelKey(newest)).toBe('nose/10');
  expect(modelFile(newest, 'model')).toBe(join(root, 'nose/10/model.onnx'));
  expect(modelKey(repository.resolve('odour-notes', { name: 'nose', version: '2' }))).toBe('nose/2');
});

test('what is not there is not found, and the answer names what is', async () => {
  await put('nose/1');
  const repository = new ModelRepository((await scanRepository([root])).models);
  expect(() => repository.resolve('odour-notes', { name: 'ear', version: '' })).toThrow(
    expect.objectContaining({ code: 'not_found', message: 'no model ear for odour-notes; there are: nose' }),
  );
  expect(() => repository.resolve('odour-notes', { name: 'nose', version: '7' })).toThrow(
    expect.objectContaining({ code: 'not_found', message: 'no version 7 of model nose; there are: 1' }),
  );
  expect(() => repository.resolve('enose-classification', whole)).toThrow('this server has none');
});

test('the default is configured, or the first by name', async () => {
  await put('nose-a/1');
  await put('nose-b/1');
  const { models } = await scanRepository([root]);
  const first = new ModelRepository(models).defaultOf('odour-notes');
  const chosen = new ModelRepository(models, ['nose-b']).defaultOf('odour-notes');
  expect([first, chosen].map((model) => model?.manifest.name)).toEqual(['nose-a', 'nose-b']);
  expect(() => new ModelRepository(models, ['nose-c'])).toThrow('no model nose-c; there are nose-a, nose-b');
});

test('every problem of every folder is named, and keeps no other model from being found', async () => {
  await put('nose/1', {}, []);
  await put('nose/2');
  await put('ear/2', { name: 'eye', version: '3' });
  await mkdir(join(root, 'tongue/1'), { recursive: true });
  await mkdir(join(root, 'bad name'));
  await mkdir(join(root, 'stats'));
  const { models, broken } = await scanRepository([root]);
  expect(models.map(modelKey)).toEqual(['nose/2']);
  const lines = broken.flatMap(({ name, version, problems }) =>
    problems.map(
      ({ file, field, detail }) => `${name}@${version} ${file.slice(root.length + 1)} ${field}: ${detail}`,
    ),
  );
  expect(lines).toEqual([
    'bad name@ bad name (folder): its name must be letters, digits, _, - and ., at most 100 of them',
    'ear@2 ear/2/manifest.yaml name: must be ear, the name of its folder',
    'ear@2 ear/2/manifest.yaml version: must be "2", the name of its folder',
    'nose@1 nose/1/manifest.yaml files.model: model.onnx is not in the folder',
    'stats@ stats (folder): stats is a word of the protocol’s paths; give the folder another name',
    'tongue@1 tongue/1 files.model: model.onnx is not in the folder',
  ]);
});

test('any ONNX file is a model: bare, in folders of versions, with a manifest or with Triton’s', async () => {
  const write = async (path: string, text = '') => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write('bare/model.onnx');
  await write('many/1/model.onnx');
  await write('many/3/model.onnx');
  await write('many/assets/readme.txt');
  await write('many/config.pbtxt', 'max_batch_size: 8');
  await write('kept/manifest.yaml', 'task: tensors\nbatching: { maxRows: 8 }\nfiles: { model: net.onnx }\n');
  await write('kept/1/net.onnx');
  await write('kept/2/manifest.yaml', 'task: tensors\ncache: true\n');
  await write('kept/2/model.onnx');
  await write('odd/1/manifest.yaml', 'task: tensors\ncashe: true\n');
  await write('odd/1/model.onnx');
  await write('empty/readme.txt');
  const { tensorModels, broken, notes } = await scanRepository([root]);
  expect(tensorModels.map(({ name, version, file }) => [name, version, file.slice(root.length + 1)])).toEqual(
    [
      ['bare', '1', 'bare/model.onnx'],
      ['kept', '1', 'kept/1/net.onnx'],
      ['kept', '2', 'kept/2/model.onnx'],
      ['many', '1', 'many/1/model.onnx'],
      ['many', '3', 'many/3/model.onnx'],
    ],
  );
  expect(tensorModels.map(({ manifest }) => [manifest.batching?.maxRows, manifest.cache])).toEqual([
    [undefined, false],
    [8, false],
    [undefined, true],
    [undefined, false],
    [undefined, false],
  ]);
  expect(broken.map(({ name, problems }) => [name, problems[0]?.detail])).toEqual([
    ['empty', 'holds neither model.onnx nor <version>/model.onnx'],
    ['odd', 'Unrecognized key: "cashe"'],
  ]);
  expect(notes).toEqual([expect.stringContaining('config.pbtxt is not read')]);
});

test('of two folders with one name the first holds', async () => {
  const other = await mkdtemp(join(tmpdir(), 'models-'));
  try {
    await put('nose/1');
    await mkdir(join(other, 'nose'));
    await mkdir(join(other, 'tongue'));
    await writeFile(join(other, 'nose/model.onnx'), '');
    await writeFile(join(other, 'tongue/model.onnx'), '');
    const { models, tensorModels, notes } = await scanRepository([root, other]);
    expect(models.map(modelKey)).toEqual(['nose/1']);
    expect(tensorModels.map(({ name }) => name)).toEqual(['tongue']);
    expect(notes).toEqual([expect.stringContaining('has a model of that name')]);
  } finally {
    await rm(other, { recursive: true });
  }
});

test('a folder without models, or none at all, says what is needed', async () => {
  await expect(scanRepository([root])).rejects.toThrow('holds no <name>/<version>/manifest.yaml');
  await expect(scanRepository([join(root, 'away')])).rejects.toThrow(
    'set it to the folder that holds the models',
  );
});
