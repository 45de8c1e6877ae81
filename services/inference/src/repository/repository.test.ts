import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { Manifest } from './manifest.ts';
import { modelFile, modelKey } from './model-version.ts';
import { ModelRepository, scanRepository } from './repository.ts';

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
  const repository = new ModelRepository(await scanRepository(root));
  expect(repository.all().map(modelKey)).toEqual(['ear/1', 'nose/10', 'nose/2']);
  const newest = repository.resolve('odour-notes', whole);
  expect(modelKey(newest)).toBe('nose/10');
  expect(modelFile(newest, 'model')).toBe(join(root, 'nose/10/model.onnx'));
  expect(modelKey(repository.resolve('odour-notes', { name: 'nose', version: '2' }))).toBe('nose/2');
});

test('what is not there is not found, and the answer names what is', async () => {
  await put('nose/1');
  const repository = new ModelRepository(await scanRepository(root));
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
  const models = await scanRepository(root);
  const first = new ModelRepository(models).defaultOf('odour-notes');
  const chosen = new ModelRepository(models, ['nose-b']).defaultOf('odour-notes');
  expect([first, chosen].map((model) => model?.manifest.name)).toEqual(['nose-a', 'nose-b']);
  expect(() => new ModelRepository(models, ['nose-c'])).toThrow('no model nose-c; there are nose-a, nose-b');
});

test('every problem of every folder is named', async () => {
  await put('nose/1', {}, []);
  await put('ear/2', { name: 'eye', version: '3' });
  await mkdir(join(root, 'tongue/1'), { recursive: true });
  const error = await scanRepository(root).catch((thrown: Error) => thrown);
  const lines = String((error as Error).message)
    .split('\n')
    .slice(1);
  expect(lines.map((line) => line.trim().slice(root.length + 1))).toEqual([
    'ear/2/manifest.yaml: name: must be ear, the name of its folder',
    'ear/2/manifest.yaml: version: must be "2", the name of its folder',
    'nose/1/manifest.yaml: files.model: model.onnx is not in the folder',
    'tongue/1/manifest.yaml: (file): cannot be read',
  ]);
});

test('a folder without models, or none at all, says what is needed', async () => {
  await expect(scanRepository(root)).rejects.toThrow('holds no <name>/<version>/manifest.yaml');
  await expect(scanRepository(join(root, 'away'))).rejects.toThrow(
    'set it to the folder that holds the models',
  );
});
