import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { compareSignature, type Manifest, parseManifest } from './manifest.ts';

const manifest: Manifest = {
  name: 'nose',
  version: '1',
  task: 'odour-notes',
  summary: 'A nose',
  files: { model: 'model.onnx', features: 'features.json' },
  inputs: [{ name: 'atoms', datatype: 'INT32', shape: [-1, -1, 8] }],
  outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, 2] }],
  labels: ['musk', 'rose'],
  batching: { maxRows: 256, maxCost: 16_384 },
  parameters: { temperature: 0.9 },
  metrics: [{ dataset: 'held-back', metric: 'macro_auroc', value: 0.9 }],
  license: 'MIT',
  data: ['made for this test'],
};

const parse = (change: Record<string, unknown>) =>
  parseManifest(stringify({ ...manifest, ...change }), 'nose/1/manifest.yaml');

test('a good manifest is read as it is', () => {
  expect(parse({})).toEqual({ kind: 'ok', manifest });
});

test.each([
  [{ name: 'My Nose' }, 'name', 'must be lower case words joined by hyphens'],
  [{ version: 1 }, 'version', 'expected string'],
  [{ version: '1.2' }, 'version', 'must be a whole number in quotes'],
  [{ task: 'tasting' }, 'task', 'odour-notes'],
  [{ files: { features: 'x.json' } }, 'files', 'must name the ONNX file under "model"'],
  [{ files: { model: '../../etc/passwd' } }, 'files.model', 'in the folder of the manifest'],
  [{ inputs: [{ name: 'a', datatype: 'FLOAT', shape: [1] }] }, 'inputs.0.datatype', 'FP32'],
  [{ labels: ['musk', 'musk'] }, 'labels', 'must not repeat a label'],
  [{ batching: { maxRows: 0, maxCost: 1 } }, 'batching.maxRows', '>=1'],
  [{ licence: 'MIT' }, '(document)', 'licence'],
])('%j is a problem of field %s', (change, field, detail) => {
  const parsed = parse(change);
  expect(parsed).toEqual({
    kind: 'bad',
    problems: [{ file: 'nose/1/manifest.yaml', field, detail: expect.stringContaining(detail) }],
  });
});

test('every problem is named at once', () => {
  const parsed = parse({ summary: '', license: undefined, metrics: 'good' });
  expect(parsed.kind === 'bad' && parsed.problems.map(({ field }) => field)).toEqual([
    'summary',
    'metrics',
    'license',
  ]);
});

test('what is not YAML is named with its line', () => {
  const parsed = parseManifest('name: a\nlabels: [x', 'manifest.yaml');
  expect(parsed).toMatchObject({ kind: 'bad', problems: [{ field: 'line 2' }] });
});

test('manifest and ONNX file are held against each other', () => {
  const good = {
    inputs: [{ name: 'atoms', datatype: 'INT32', shape: [] }],
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [] },
      { name: 'unused', datatype: 'FP32', shape: [] },
    ],
  };
  expect(compareSignature(manifest, good, 'm')).toEqual([]);
  const bad = {
    inputs: [{ name: 'bonds', datatype: 'INT32', shape: [] }],
    outputs: [{ name: 'probabilities', datatype: 'FP64', shape: [] }],
  };
  expect(compareSignature(manifest, bad, 'm')).toEqual([
    { file: 'm', field: 'inputs.0', detail: 'atoms is not in the ONNX file, which has bonds' },
    { file: 'm', field: 'inputs', detail: 'the ONNX file also needs bonds' },
    { file: 'm', field: 'outputs.0', detail: 'probabilities is FP64 in the ONNX file, not FP32' },
  ]);
});
