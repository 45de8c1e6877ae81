import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { postRate } from './load.ts';
import { type Goal, median, spread } from './report.ts';

const connections = 32;
const seconds = 4;

/** Predict of a molecule that is in the cache, through the whole gateway, against bare express with the same bytes. */
export async function measureWarm(options: { url: string; key: string; rounds: number }): Promise<Goal> {
  // Vanillin, not as the corpus of the uncached measurement writes it.
  const body = JSON.stringify({ smiles: 'O=Cc1ccc(O)c(OC)c1', top_k: 5 });
  const headers = { 'x-api-key': options.key };
  const predict = `${options.url}/api/v1/predict`;
  const ask = () =>
    fetch(predict, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body });
  await ask();
  const answer = await (await ask()).text();
  if (!answer.includes('"cached":true')) throw new Error('the cache is not warm');

  const { baseline, url } = await startBaseline(answer);
  try {
    const ours = { url: predict, body, headers, seconds, connections };
    const bare = { url, body, seconds, connections };
    await postRate({ ...ours, seconds: 2 });
    await postRate({ ...bare, seconds: 2 });
    const ratios: number[] = [];
    let last = '';
    for (let round = 0; round < options.rounds; round += 1) {
      const oursRate = await postRate(ours);
      const bareRate = await postRate(bare);
      ratios.push(oursRate / bareRate);
      last = `${oursRate.toFixed(0)}/s against ${bareRate.toFixed(0)}/s`;
    }
    return {
      name: 'predict, warm / bare express',
      unit: '×',
      value: median(ratios),
      atLeast: 0.5,
      detail: `${spread(ratios)}; last ${last}`,
    };
  } finally {
    baseline.kill();
  }
}

async function startBaseline(answer: string): Promise<{ baseline: ChildProcess; url: string }> {
  const baseline = fork(join(import.meta.dirname, 'express-baseline.js'));
  baseline.send(answer);
  const [port] = await once(baseline, 'message');
  return { baseline, url: `http://127.0.0.1:${port}/api/v1/predict` };
}
