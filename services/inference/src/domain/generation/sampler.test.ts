import { expect, test } from '@jest/globals';
import { type GeneratorModel, type Sample, type SampleOptions, sampleMolecules } from './sampler.ts';

const tokens = ['<pad>', '<start>', '<end>', 'C', 'O', 'N'];

/** A small true recurrent model: the state counts tokens, the end grows likelier, the condition favours oxygen. */
function counting(steps: number[] = []): GeneratorModel {
  return {
    tokens,
    condition: Float32Array.of(1.5, 3),
    hidden: 1,
    gates: 1,
    padToken: 0,
    startToken: 1,
    endToken: 2,
    step: async (last, hidden, condition, rows) => {
      steps.push(rows);
      const logits = new Float32Array(rows * tokens.length);
      const next = new Float32Array(rows);
      for (let row = 0; row < rows; row++) {
        const count = (hidden[row] ?? 0) + 1;
        next[row] = count;
        const oxygen = condition[Math.floor((last[row] ?? 0) / tokens.length)] ?? 0;
        logits.set([9, 9, count / 2 - 2, 1, oxygen, 0], row * tokens.length);
      }
      return { logits, hidden: next };
    },
  };
}

const options: SampleOptions = {
  count: 40,
  seed: 3,
  temperature: 1,
  minProbability: 0,
  guidance: 1,
  maxTokens: 30,
  batch: 8,
  wanted: new Float64Array(2),
  excluded: new Float64Array(2),
};

async function draw(change: Partial<SampleOptions> = {}, model = counting()): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of sampleMolecules(model, { ...options, ...change })) samples.push(sample);
  return samples;
}

function share(samples: Sample[], atom: string): number {
  const text = samples.map((sample) => sample.smiles).join('');
  return [...text].filter((letter) => letter === atom).length / text.length;
}

test('gives every row once and the same samples for the same seed', async () => {
  const first = await draw();
  expect(first.map((sample) => sample.row).sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
  expect(await draw()).toEqual(first);
  expect(await draw({ seed: 4 })).not.toEqual(first);
});

test('a row reads the same whatever ran beside it', async () => {
  const byRow = (samples: Sample[]) => samples.sort((a, b) => a.row - b.row);
  expect(byRow(await draw({ batch: 3 }))).toEqual(byRow(await draw({ batch: 17 })));
});

test('lanes draw the same samples, each its own', async () => {
  const byRow = (samples: Sample[]) => samples.sort((a, b) => a.row - b.row);
  const lanes = await Promise.all([0, 1, 2].map((index) => draw({ lane: { index, of: 3 } })));
  expect(lanes.map((lane) => new Set(lane.map(({ row }) => row % 3)).size)).toEqual([1, 1, 1]);
  expect(byRow(lanes.flat())).toEqual(byRow(await draw()));
  expect(await draw({ count: 2, lane: { index: 2, of: 3 } })).toEqual([]);
});

test('asking for more begins with the same samples', async () => {
  const few = await draw({ count: 40 });
  const many = await draw({ count: 80 });
  const beforeTheEnd = few.slice(0, 30);
  expect(many.slice(0, 30)).toEqual(beforeTheEnd);
});

test('keeps the batch full while rows remain', async () => {
  const steps: number[] = [];
  await draw({}, counting(steps));
  const firstShort = steps.findIndex((rows) => rows < 8);
  expect(firstShort).toBeGreaterThan(steps.length / 2);
  expect(steps.slice(firstShort).every((rows) => rows < 8)).toBe(true);
});

test('never writes padding or start, and marks what was cut', async () => {
  const samples = await draw({ maxTokens: 4 });
  expect(samples.every((sample) => /^[CON]{1,4}$/.test(sample.smiles))).toBe(true);
  expect(samples.some((sample) => !sample.complete && sample.smiles.length === 4)).toBe(true);
});

test('guidance takes two rows a sample and moves towards the wanted and away from the excluded', async () => {
  const steps: number[] = [];
  const wanted = Float64Array.of(1, 0);
  const plain = await draw({ count: 300, wanted });
  const guided = await draw({ count: 300, wanted, guidance: 3 }, counting(steps));
  const away = await draw({ count: 300, guidance: 3, excluded: wanted });
  expect(steps[0]).toBe(16);
  expect(share(guided, 'O')).toBeGreaterThan(share(plain, 'O') + 0.2);
  expect(share(away, 'O')).toBeLessThan(0.05);
});

test('a floor leaves out what is unlikely', async () => {
  const samples = await draw({ count: 100, minProbability: 0.5 });
  expect(share(samples, 'N')).toBe(0);
});

test('stops at the abort signal and when nobody reads on', async () => {
  const steps: number[] = [];
  const controller = new AbortController();
  const samples = sampleMolecules(counting(steps), options, controller.signal);
  await samples.next();
  controller.abort(new Error('the caller left'));
  await expect(async () => {
    while (!(await samples.next()).done);
  }).rejects.toThrow('the caller left');

  steps.length = 0;
  for await (const _ of sampleMolecules(counting(steps), { ...options, count: 1_000_000 })) break;
  expect(steps.length).toBeLessThan(30);
});

test('logits that are no numbers are an error, not a molecule', async () => {
  const broken: GeneratorModel = {
    ...counting(),
    step: async (_tokens, hidden, _condition, rows) => ({
      logits: new Float32Array(rows * tokens.length).fill(Number.NaN),
      hidden,
    }),
  };
  await expect(draw({}, broken)).rejects.toMatchObject({ code: 'model_failed' });
});
