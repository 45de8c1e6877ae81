import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { openInferenceService } from '@sillage/contracts';
import { localApiKey, startFleet } from '@sillage/fleet';
import { batches, realMolecules } from './molecules.ts';
import { odourBatches, odourInputs } from './odour-batches.ts';
import { type Goal, median, spread } from './report.ts';

const model = 'olfactory-base';
const perRound = 512;
const inFlight = 4;

/** One batch as the two doors take it. */
interface Ready {
  readonly message: Buffer;
  readonly body: Buffer;
  readonly headLength: number;
}
type Ask = (ready: Ready) => Promise<void>;

/**
 * Inference by the Open Inference Protocol through the whole fleet, by gRPC and by REST with binary tensors, against
 * ONNX Runtime alone on the same ready-made tensors: batches of 32 molecules for olfactory-base, which are not joined.
 */
export async function measureTensors(rounds: number): Promise<Goal[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sillage-bench-'));
  const fleet = await startFleet({ dataDir, port: 0, host: '127.0.0.1' });
  const baseline = fork(join(import.meta.dirname, 'onnx-baseline.js'));
  const door = new Client(fleet.grpcTarget, credentials.createInsecure());
  const agent = new Agent({ keepAlive: true });
  try {
    const key = await localApiKey(fleet);
    const ways: Record<string, Ask> = {
      gRPC: byGrpc(door, key),
      'REST, binary': byRest(fleet.url, key, agent),
    };
    const ratios = new Map<string, number[]>(Object.keys(ways).map((way) => [way, []]));
    const details = new Map<string, string>();
    const slices = [...batches(await realMolecules(), perRound)].slice(0, rounds + 1);
    for (const [round, molecules] of slices.entries()) {
      const ready = (await odourBatches(molecules)).map(readyOf);
      for (const [way, ask] of Object.entries(ways)) {
        const ours = await secondsOf(ready, ask);
        const direct = await baselineSeconds(baseline, molecules);
        // The first round warms up.
        if (round > 0) ratios.get(way)?.push(direct / ours);
        details.set(
          way,
          `last ${(perRound / ours).toFixed(0)} molecules/s against ${(perRound / direct).toFixed(0)}`,
        );
      }
    }
    return [...ratios].map(([way, figures]) => ({
      name: `infer by ${way} / ONNX Runtime`,
      unit: '×',
      value: median(figures),
      atLeast: 0.7,
      detail: `${spread(figures)}; ${details.get(way)}`,
    }));
  } finally {
    door.close();
    agent.destroy();
    baseline.kill();
    await fleet.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function readyOf(batch: Parameters<typeof odourInputs>[0]): Ready {
  const inputs = odourInputs(batch).map(({ name, datatype, shape, data }) => ({
    about: { name, datatype, shape: [...shape] },
    bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  }));
  const head = Buffer.from(
    JSON.stringify({
      parameters: { binary_data_output: true },
      inputs: inputs.map(({ about, bytes }) => ({
        ...about,
        parameters: { binary_data_size: bytes.length },
      })),
    }),
  );
  return {
    message: openInferenceService.ModelInfer.requestSerialize({
      modelName: model,
      inputs: inputs.map(({ about }) => about),
      rawInputContents: inputs.map(({ bytes }) => bytes),
    }),
    body: Buffer.concat([head, ...inputs.map(({ bytes }) => bytes)]),
    headLength: head.length,
  };
}

/** The messages are bytes already and the answers stay so: what a client does with them is not measured. */
function byGrpc(door: Client, key: string): Ask {
  const same = (bytes: Buffer) => bytes;
  const metadata = new Metadata();
  metadata.set('x-api-key', key);
  return ({ message }) =>
    new Promise((resolve, reject) => {
      const { path } = openInferenceService.ModelInfer;
      door.makeUnaryRequest(path, same, same, message, metadata, (error) =>
        error ? reject(error) : resolve(),
      );
    });
}

function byRest(url: string, key: string, agent: Agent): Ask {
  return async ({ body, headLength }) => {
    const asked = request(`${url}/v2/models/${model}/infer`, {
      method: 'POST',
      agent,
      headers: {
        'x-api-key': key,
        'content-length': body.length,
        'inference-header-content-length': headLength,
      },
    });
    asked.end(body);
    const [answer] = await once(asked, 'response');
    answer.resume();
    await once(answer, 'end');
    if (answer.statusCode !== 200) throw new Error(`infer answered ${answer.statusCode}`);
  };
}

/** Seconds until every batch is answered, a few in flight. */
async function secondsOf(ready: readonly Ready[], ask: Ask): Promise<number> {
  const waiting = [...ready];
  const started = performance.now();
  const client = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await ask(next);
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return (performance.now() - started) / 1000;
}

async function baselineSeconds(baseline: ChildProcess, molecules: readonly string[]): Promise<number> {
  baseline.send(molecules);
  const [seconds] = await once(baseline, 'message');
  return seconds;
}
