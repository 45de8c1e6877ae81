import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { modelKey } from './model-version.ts';
import { type Scanned, scanRepository } from './scan.ts';
import { defaultsHere, isSelected, selectionPattern, selectModels } from './selection.ts';

let found: Scanned;

beforeAll(async () => {
  found = await scanRepository([join(import.meta.dirname, '../../../../models')]);
});

const keys = (selection: readonly string[]) => selectModels(found, selection).models.map(modelKey);

test('a server loads what is named, one version or all of them', () => {
  expect(keys([])).toHaveLength(found.models.length);
  expect(keys(['olfactory-base@2', 'enose-smellnet'])).toEqual(['enose-smellnet/2', 'olfactory-base/2']);
  expect(keys(['olfactory-base']).length).toBeGreaterThan(1);
  expect(isSelected(['nose@1'], 'nose', '')).toBe(true);
  expect(isSelected(['nose@1'], 'nose', '2')).toBe(false);
});

test('what the repository has not is told with what it has', () => {
  expect(() => keys(['olfactory-bass'])).toThrow(
    /MODELS: .*no model olfactory-bass; there are: .*olfactory-base/,
  );
  expect(() => keys(['olfactory-fast@7'])).toThrow('no version 7 of model olfactory-fast; there are: 1');
});

test('a generator belongs beside a model that scores what it draws', () => {
  expect(() => keys(['generator-dit'])).toThrow(
    'generator-dit needs a model for odour-notes beside it: add olfactory-base or olfactory-fast',
  );
  expect(keys(['generator-dit', 'olfactory-fast'])).toEqual(['generator-dit/1', 'olfactory-fast/1']);
});

test('defaults that another server loads are none of this one; an unknown name stays, to be refused', () => {
  const selected = selectModels(found, ['olfactory-fast']);
  expect(defaultsHere(['olfactory-base', 'olfactory-fast', 'nose'], found, selected)).toEqual([
    'olfactory-fast',
    'nose',
  ]);
});

test('entries that could be no model are refused by their form', () => {
  for (const entry of ['nose', 'nose@12', 'my.nose-2']) expect(entry).toMatch(selectionPattern);
  for (const entry of ['nose@', 'nose@01', 'nose:1', '../nose', ''])
    expect(entry).not.toMatch(selectionPattern);
});
