import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '@sillage/fleet';
import { parse } from 'yaml';
import { baseModel } from '../odour-batches.ts';
import type { Row } from './agreement.ts';
import type { Cores } from './cores.ts';
import { firstMessage, type Started, startPinned } from './process.ts';
import type { SillageOptions, SillageReady } from './sillage.ts';

/** A server that answers predictions, started and warm. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly keys: readonly string[];
  /** The body of a request for these molecules. */
  readonly body: (smiles: readonly string[]) => string;
  /** Its processes are this one and all below it. */
  readonly pid: number | undefined;
  stop: () => Promise<void>;
}

export interface Sillage extends Contender {
  readonly ready: SillageReady;
}

export interface Peer {
  readonly name: string;
  /** The command in its folder of bench/peers; `python` stands for the interpreter of the peers' environment. */
  readonly command: (python: string, port: number) => readonly [string, ...string[]];
  readonly folder: string;
  /** Takes lists only, and answers the list of rows without a frame around it. */
  readonly listsOnly?: boolean;
  readonly inQuick: boolean;
}

const peersFolder = join(import.meta.dirname, '../../peers');
const readyTimeoutMs = 120_000;
const ethanol = 'CCO';

/** What a user would pick instead; how each is set up, and after which documentation, its own file says. */
export const peers: readonly Peer[] = [
  {
    name: 'FastAPI',
    folder: 'fastapi',
    command: (python) => [python, 'server.py'],
    inQuick: true,
  },
  {
    name: 'BentoML',
    folder: 'bentoml',
    command: (python, port) =>
      [
        ...[python, '-m', 'bentoml', 'serve', 'service:Odour'],
        ...['--host', '127.0.0.1', '--port', String(port)],
      ] as [string, ...string[]],
    listsOnly: true,
    inQuick: false,
  },
  { name: 'LitServe', folder: 'litserve', command: (python) => [python, 'server.py'], inQuick: false },
  { name: 'Ray Serve', folder: 'ray-serve', command: (python) => [python, 'server.py'], inQuick: false },
  {
    name: 'express',
    folder: 'express',
    command: () => [process.execPath, 'server.mjs'],
    inQuick: true,
  },
];

/** The environment of every peer: where the model is, and the code they share. */
export function peerEnvironment(): Record<string, string> {
  const { name, version, labels, parameters } = parse(readFileSync(join(baseModel, 'manifest.yaml'), 'utf8'));
  return {
    ODOUR_MODEL: baseModel,
    ODOUR_MANIFEST: JSON.stringify({ name, version, labels, confidence: parameters.confidence }),
    PYTHONPATH: `${join(peersFolder, '../../training')}:${peersFolder}`,
    NODE_ENV: 'production',
    BENTOML_DO_NOT_TRACK: 'true',
    BENTOML_HOME: join(peersFolder, '../../.venv/peers/bentoml'),
    RAY_USAGE_STATS_ENABLED: '0',
  };
}

const oneOrMany = (smiles: readonly string[]) =>
  JSON.stringify({ smiles: smiles.length === 1 ? smiles[0] : smiles });

/** Starts a peer on the servers' cores and resolves when it answers. */
export async function startPeer(
  peer: Peer,
  options: { readonly cores: Cores; readonly python: string; readonly caches: boolean },
): Promise<Contender> {
  const [port = 0] = await freePorts(1);
  const started = startPinned(options.cores, 'server', peer.command(options.python, port), {
    cwd: join(peersFolder, peer.folder),
    env: { ...peerEnvironment(), PORT: String(port), PEER_CACHE: options.caches ? '1' : '0' },
  });
  const contender: Contender = {
    name: peer.name,
    url: `http://127.0.0.1:${port}/api/v1/predict`,
    keys: [],
    body: peer.listsOnly ? (smiles) => JSON.stringify({ smiles }) : oneOrMany,
    pid: started.child.pid,
    stop: started.stop,
  };
  try {
    await untilAnswers(contender, started);
    return contender;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function untilAnswers(contender: Contender, { child }: Started): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  let last = 'no answer';
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`${contender.name} ended before it answered`);
    try {
      await rowsOf(contender, [ethanol]);
      return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
      await delay(250);
    }
  }
  throw new Error(`${contender.name} did not answer within ${readyTimeoutMs / 1000} s: ${last}`);
}

/** The fleet on the servers' cores. */
export async function startSillage(cores: Cores, options: SillageOptions): Promise<Sillage> {
  const script = join(import.meta.dirname, 'sillage.js');
  const started = startPinned(cores, 'server', [process.execPath, script, JSON.stringify(options)], {
    ipc: true,
  });
  try {
    const ready = await firstMessage<SillageReady>(started, 'Sillage');
    return {
      pid: started.child.pid,
      name: 'Sillage',
      url: ready.url,
      keys: ready.keys,
      body: oneOrMany,
      stop: started.stop,
      ready,
    };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** The answer to a request as it came. @throws Error for another status than 200. */
export async function answerOf(contender: Contender, smiles: readonly string[]): Promise<string> {
  const [key] = contender.keys;
  const response = await fetch(contender.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key ? { 'x-api-key': key } : {}) },
    body: contender.body(smiles),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${contender.name} answered ${response.status}: ${text.slice(0, 300)}`);
  return text;
}

/** The rows of an answer. */
export async function rowsOf(contender: Contender, smiles: readonly string[]): Promise<Row[]> {
  const answer = JSON.parse(await answerOf(contender, smiles));
  return Array.isArray(answer) ? answer : answer.predictions;
}
