import { expect, test } from '@jest/globals';
import { byShare, type ListedModel, modelFor, poolsServing, type Routable, withName } from './choose.ts';

const nose = (version: string, isDefault = false): ListedModel => ({
  name: 'nose',
  version,
  task: 'odour-notes',
  isDefault,
});
const generator: ListedModel = {
  name: 'generator-dit',
  version: '1',
  task: 'molecule-generation',
  isDefault: true,
};
const pool = (name: string, weight: number, ...models: ListedModel[]): Routable => ({ name, weight, models });
const names = (pools: readonly Routable[]) => pools.map(({ name }) => name);

const stable = pool('stable', 95, nose('2', true), nose('1'));
const canary = pool('canary', 5, nose('3', true));
const generate = pool('generate', 0, generator, nose('2', true));
const odour = { task: 'odour-notes', names: [], version: '' };
const generation = { task: 'molecule-generation', names: [], version: '', alongside: 'odour-notes' };

test('pools serve what they list, by name and version; the default comes from the first pool that has one', () => {
  const pools = [stable, canary, generate];
  expect(names(poolsServing(pools, odour))).toEqual(['stable', 'canary', 'generate']);
  expect(names(poolsServing(pools, { ...odour, names: ['nose'], version: '3' }))).toEqual(['canary']);
  expect(names(poolsServing(pools, { ...odour, names: ['nez'] }))).toEqual([]);
  expect(names(poolsServing(pools, generation))).toEqual(['generate']);
  expect(withName([pool('b', 1, { ...nose('1', true), name: 'nez' }), stable], odour).names).toEqual(['nez']);
  expect(modelFor(stable, { ...odour, names: ['nose'] })?.version).toBe('2');
});

test('a generation goes only where its molecules can be scored', () => {
  expect(poolsServing([pool('bare', 1, generator)], generation)).toEqual([]);
});

test('a model that cannot be used counts only where no other pool has one that can', () => {
  const broken = pool('a', 100, { ...nose('2'), isUsable: false });
  const whole = pool('b', 1, nose('2'));
  const need = { names: ['nose'], version: '2' };
  expect(names(poolsServing([broken, whole], need))).toEqual(['b']);
  expect(names(poolsServing([broken], need))).toEqual(['a']);
});

test('each pool is first for its share of keys, one key always for the same pool', () => {
  const pools = [stable, canary, generate];
  const keys = Array.from({ length: 20_000 }, (_, index) => `request ${index}`);
  const first = keys.map((key) => byShare(pools, key)[0]?.name);
  const share = first.filter((name) => name === 'canary').length / keys.length;
  expect(share).toBeGreaterThan(0.045);
  expect(share).toBeLessThan(0.055);
  expect(first).not.toContain('generate');
  expect(keys.map((key) => byShare(pools, key)[0]?.name)).toEqual(first);
});

test('when a pool leaves its keys go to the others, and no other key moves', () => {
  const pools = ['a', 'b', 'c'].map((name) => pool(name, 100));
  const keys = Array.from({ length: 3000 }, (_, index) => `request ${index}`);
  const moved = keys.filter((key) => {
    const [before] = byShare(pools, key);
    const [after] = byShare(
      pools.filter(({ name }) => name !== 'b'),
      key,
    );
    return before?.name !== 'b' && before?.name !== after?.name;
  });
  expect(moved).toEqual([]);
  const others = keys
    .filter((key) => byShare(pools, key)[0]?.name === 'b')
    .map((key) => byShare(pools, key)[1]?.name);
  expect(Math.abs(others.filter((name) => name === 'a').length / others.length - 0.5)).toBeLessThan(0.06);
});
