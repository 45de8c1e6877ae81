import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FragmentScores } from '@sillage/chem';
import { scanRepository } from '../repository/scan.ts';
import { draw, hideAtoms } from './explain.ts';
import { Workbench } from './workbench.ts';

const bench = await Workbench.open({
  models: (await scanRepository([join(import.meta.dirname, '../../../../models')])).models,
  device: 'cpu',
  intraOpThreads: 1,
  fragmentScores: FragmentScores.load().memory,
});
const model = 'olfactory-base/1';

test.each([
  ['a drawing', () => draw(bench, { smiles: 'CCO', colours: [] })],
  ['an explanation', () => hideAtoms(bench, { model, smiles: 'CCO' })],
])('after a crash of RDKit in %s the next one has a new RDKit', async (_, ask) => {
  expect(() =>
    bench.chem.guard(() => {
      throw new Error('memory access out of bounds');
    }),
  ).toThrow();
  await expect(ask()).rejects.toMatchObject({ problem: 'engine' });
  expect(bench.chem.isBroken).toBe(false);
  expect((await ask()).length).toBeGreaterThan(0);
});
