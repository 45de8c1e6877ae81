import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { batches, realMolecules } from './molecules.ts';
import { type Goal, median, spread } from './report.ts';

const perRequest = 256;
const inFlight = 4;
const perRound = 1536;

/**
 * Predict of molecules nobody asked before, through gateway and inference, against ONNX Runtime alone: the same
 * molecules as ready-made tensors in batches of 32 in their own order, on the same cores.
 */
export async function measureUncached(options: { url: string; key: string; rounds: number }): Promise<Goal> {
  const molecules = await realMolecules();
  const needed = perRound * (options.rounds + 1);
  if (molecules.length < needed)
    throw new Error(`${needed} molecules are needed, there are ${molecules.length}`);
  const baseline = fork(join(import.meta.dirname, 'onnx-baseline.js'));
  try {
    const [first, ...rounds] = [...batches(molecules, perRound)].slice(0, options.rounds + 1);
    if (!first) throw new Error('there is no molecule to warm up with');
    await predictAll(options, first);
    await baselineSeconds(baseline, first);
    const ratios: number[] = [];
    let last = '';
    for (const round of rounds) {
      const ours = await predictAll(options, round);
      const direct = await baselineSeconds(baseline, round);
      ratios.push(direct / ours);
      last = `${(round.length / ours).toFixed(0)} molecules/s against ${(round.length / direct).toFixed(0)}`;
    }
    return {
      name: 'predict, uncached / ONNX Runtime',
      unit: '×',
      value: median(ratios),
      atLeast: 0.5,
      detail: `${spread(ratios)}; last ${last}`,
    };
  } finally {
    baseline.kill();
  }
}

/** Seconds until every molecule is answered, a few requests in flight. */
async function predictAll(
  options: { url: string; key: string },
  molecules: readonly string[],
): Promise<number> {
  const requests = batches(molecules, perRequest);
  const started = performance.now();
  const client = async () => {
    for (const smiles of requests) {
      const response = await fetch(`${options.url}/api/v1/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': options.key },
        body: JSON.stringify({ smiles }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`predict answered ${response.status}: ${text}`);
      if (text.includes('"cached":true')) throw new Error('a molecule was asked before');
      if (text.includes('"error"')) throw new Error('a molecule was not answered');
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return (performance.now() - started) / 1000;
}

async function baselineSeconds(baseline: ChildProcess, molecules: readonly string[]): Promise<number> {
  baseline.send(molecules);
  const [seconds] = await once(baseline, 'message');
  return seconds;
}
