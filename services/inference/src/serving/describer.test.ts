import { expect, test } from '@jest/globals';
import { toColumns } from '../threads/packed-features.ts';
import type { DescribeInput } from '../threads/protocol.ts';
import type { RunOptions } from '../threads/thread-pool.ts';
import { Describer, type ReadInput } from './describer.ts';

/** Threads that read when they are told to: every molecule is its own SMILES; `!` ends the thread. */
class Threads {
  readonly asked: string[][] = [];
  #release: (() => void)[] = [];

  readonly pool = {
    run: async (_kind: string, input: DescribeInput, options: RunOptions) => {
      const { smiles } = input;
      this.asked.push([...smiles]);
      await new Promise<void>((resolve) => this.#release.push(resolve));
      if (smiles.includes('!')) throw new Error('a thread ended');
      options.onWaited?.(1);
      const block = new SharedArrayBuffer(0);
      const packed = { block, at: 0, atomCount: 1, width: 0, pairs: 0, knownFraction: 1 };
      return {
        canonical: smiles,
        flat: smiles,
        warnings: new Map(),
        svgs: new Map(),
        refused: new Map(),
        features: toColumns(smiles.map(() => packed)),
      };
    },
  } as ConstructorParameters<typeof Describer>[0]['pool'];

  /** Ends the tasks that have begun, and those that begin because of it. */
  async open(): Promise<void> {
    while (this.#release.length > 0) {
      for (const release of this.#release.splice(0)) release();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const never = new AbortController().signal;
const ask = (describer: Describer, smiles: string, change: Partial<ReadInput> = {}, signal = never) =>
  describer
    .read({ model: 'm/1', smiles: smiles.split(' '), svg: false, asWritten: false, ...change }, signal)
    .then(({ rows }) => rows.map((row) => (row.kind === 'ok' ? row.canonical : row.detail)).join(' '));

test('what comes while threads are busy goes together, and each gets its own', async () => {
  const threads = new Threads();
  const describer = new Describer({ pool: threads.pool, runners: 1, maxMolecules: 4 });
  const answers = ['A', 'B C', 'D', 'E F', 'G'].map((smiles) => ask(describer, smiles));
  await threads.open();
  expect(await Promise.all(answers)).toEqual(['A', 'B C', 'D', 'E F', 'G']);
  expect(threads.asked).toEqual([['A'], ['B', 'C', 'D', 'G'], ['E', 'F']]);
});

test('only what is read alike goes together; a large request goes alone', async () => {
  const threads = new Threads();
  const describer = new Describer({ pool: threads.pool, runners: 1, maxMolecules: 2 });
  const answers = [
    ask(describer, 'A'),
    ask(describer, 'B C D'),
    ask(describer, 'E', { svg: true }),
    ask(describer, 'F', { model: 'm/2' }),
    ask(describer, 'G', { asWritten: true }),
    ask(describer, 'H', { svg: true }),
  ];
  await threads.open();
  expect(await Promise.all(answers)).toEqual(['A', 'B C D', 'E', 'F', 'G', 'H']);
  expect(threads.asked).toEqual([['A'], ['B', 'C', 'D'], ['E', 'H'], ['F'], ['G']]);
});

test('who has left is not read', async () => {
  const threads = new Threads();
  const describer = new Describer({ pool: threads.pool, runners: 1, maxMolecules: 4 });
  const leaving = new AbortController();
  const first = ask(describer, 'A');
  const left = ask(describer, 'B', {}, leaving.signal);
  const stays = ask(describer, 'C');
  leaving.abort('gone');
  await Promise.all([expect(left).rejects.toBe('gone'), threads.open()]);
  expect(await Promise.all([first, stays])).toEqual(['A', 'C']);
  expect(threads.asked).toEqual([['A'], ['C']]);
});

test('one that ends its thread fails alone', async () => {
  const threads = new Threads();
  const describer = new Describer({ pool: threads.pool, runners: 1, maxMolecules: 4 });
  const answers = ['A', 'B', '!', 'C'].map((smiles) => ask(describer, smiles).catch(() => 'failed'));
  await threads.open();
  expect(await Promise.all(answers)).toEqual(['A', 'B', 'failed', 'C']);
  expect(threads.asked).toEqual([['A'], ['B', '!', 'C'], ['B'], ['!'], ['C']]);
});
