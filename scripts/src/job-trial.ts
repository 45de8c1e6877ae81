import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fleet } from './fleet/fleet.ts';

/** A prediction job of the trial's own molecules, through a gateway. */
export interface TrialJob {
  readonly url: string;
  readonly key: string;
  readonly molecules: number;
  /** The model that answers; the default's unless said. */
  readonly model?: string | undefined;
}

export interface JobTrial extends Omit<TrialJob, 'url'> {
  readonly fleet: Fleet;
  /** Told what happens. */
  readonly onEvent?: (text: string) => void;
}

/** What became of a job that was treated badly. */
export interface JobTrialReport {
  readonly rows: number;
  readonly missing: number;
  readonly twice: number;
  /** Rows whose input is not what was sent in that place. */
  readonly wrong: number;
  readonly failed: number;
  readonly kills: number;
  readonly events: number;
  readonly reconnects: number;
  /** Events that no stream brought. */
  readonly missedEvents: number;
  readonly seconds: number;
  /** Largest resident memory seen, megabytes. */
  readonly gatewayMb: number;
  readonly workerMb: number;
}

interface JobNow {
  readonly status: string;
  readonly progress: { readonly done: number; readonly failed: number };
}

/** A reader breaks its stream of events off after so many. */
const eventsPerStream = 7;
const linesPerWrite = 1000;
/** Every so many rows one cannot be read. */
const badEvery = 997;
const fragments = ['C', 'CC', 'C(C)C', 'C=CC', 'OC', 'C(=O)C', 'C(O)C', 'CCCC', 'COC', 'C(C)(C)C'];

/** The molecule of a row: no two neighbours are alike. */
export function trialMolecule(row: number): string {
  if (row % badEvery === badEvery - 1) return 'C1CC';
  let smiles = 'C';
  for (let rest = row, place = 0; place < 6; place += 1, rest = Math.floor(rest / 10)) {
    smiles += fragments[rest % 10];
  }
  return smiles;
}

/** How many of the molecules cannot be read. */
export function badMolecules(molecules: number): number {
  return Math.floor(molecules / badEvery);
}

/**
 * A prediction job from a file that is streamed up, while its worker is killed twice and the job is cancelled and
 * resumed; its events are read over streams that break off and go on by Last-Event-ID; its results are read in two
 * parts, the second by Range. Counts what is missing afterwards.
 */
export async function tryJob(trial: JobTrial): Promise<JobTrialReport> {
  const { fleet, molecules, onEvent = () => {} } = trial;
  const started = performance.now();
  const memory = watchMemory(fleet);
  try {
    const { url } = fleet;
    const { id } = await uploadTrialJob({ ...trial, url });
    onEvent(`job ${id} of ${molecules} molecules is made`);
    const job = `${url}/api/v1/jobs/${id}`;
    const call = (path: string, method: string) =>
      fetch(`${job}${path}`, { method, headers: { 'X-API-Key': trial.key } });
    let kills = 0;
    const kill = () => {
      const { pid } = fleet.processes.worker;
      if (pid === undefined) return;
      process.kill(pid, 'SIGKILL');
      kills += 1;
      onEvent('worker killed');
    };
    const steps = [
      { at: 0.15, act: async () => kill() },
      {
        at: 0.4,
        act: async () => {
          await call('', 'DELETE');
          const answer = await call('/resume', 'POST');
          onEvent(`cancelled and resumed: ${answer.status}`);
        },
      },
      { at: 0.6, act: async () => kill() },
    ];
    const events = await followEvents(trial, job, async ({ progress }) => {
      while (steps[0] && progress.done >= steps[0].at * molecules) await steps.shift()?.act();
    });
    onEvent(
      `${events.count} events over ${events.streams} streams, ${Math.round(performance.now() - started)} ms`,
    );
    const rows = await checkTrialResults({ ...trial, url }, id);
    return {
      ...rows,
      kills,
      events: events.count,
      reconnects: events.streams - 1,
      missedEvents: events.missed,
      seconds: (performance.now() - started) / 1000,
      ...memory.largest(),
    };
  } finally {
    memory.stop();
  }
}

/** Streams the file of molecules up. */
export async function uploadTrialJob({ url, key, molecules, model }: TrialJob): Promise<{ id: string }> {
  const file = async function* () {
    yield new TextEncoder().encode('row,smiles\n');
    for (let start = 0; start < molecules; start += linesPerWrite) {
      let lines = '';
      for (let row = start; row < Math.min(start + linesPerWrite, molecules); row += 1) {
        lines += `${row},${trialMolecule(row)}\n`;
      }
      yield new TextEncoder().encode(lines);
    }
  };
  const query = model === undefined ? 'top_k=3' : `top_k=3&model=${model}`;
  const answer = await fetch(`${url}/api/v1/jobs?${query}`, {
    method: 'POST',
    headers: { 'X-API-Key': key, 'Content-Type': 'text/csv' },
    body: ReadableStream.from(file()),
    duplex: 'half',
  } as RequestInit);
  if (answer.status !== 202) throw new Error(`the job was not made: ${await answer.text()}`);
  return (await answer.json()) as { id: string };
}

/** Reads every event, over one stream after the other, until the job has succeeded. */
async function followEvents(
  { key, molecules }: JobTrial,
  job: string,
  onProgress: (job: JobNow) => Promise<void>,
): Promise<{ count: number; missed: number; streams: number }> {
  let last = 0;
  let missed = 0;
  let streams = 0;
  for (let isOver = false; !isOver; ) {
    streams += 1;
    const broken = new AbortController();
    let count = 0;
    try {
      const headers = { 'X-API-Key': key, 'Last-Event-ID': String(last) };
      const response = await fetch(`${job}/events`, { headers, signal: broken.signal });
      for await (const { id, data } of readEvents(response)) {
        // Progress between two events comes under the number of the earlier one.
        if (id > last) missed += id - last - 1;
        last = Math.max(last, id);
        await onProgress(data);
        isOver = data.status === 'succeeded' || data.status === 'failed';
        count += 1;
        if (isOver || count % eventsPerStream === 0) break;
      }
    } finally {
      broken.abort();
    }
    // Cancelled, and not resumed yet: the stream has ended and there is nothing new.
    if (count === 0) await delay(50);
    if (molecules > 100_000) await delay(200);
  }
  return { count: last, missed, streams };
}

async function* readEvents(response: Response): AsyncGenerator<{ id: number; data: JobNow }> {
  if (response.status === 204 || !response.body) return;
  if (!response.ok) throw new Error(`the events answered ${response.status}: ${await response.text()}`);
  let buffer = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    buffer += chunk;
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id] = /^id: (\d+)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (id !== undefined && data !== undefined) yield { id: Number(id), data: JSON.parse(data) };
    }
  }
}

export type TrialRows = Pick<JobTrialReport, 'rows' | 'missing' | 'twice' | 'wrong' | 'failed'>;

/** Reads half of the results, breaks off, and reads the rest from that byte on; counts what is not as it was sent. */
export async function checkTrialResults(job: TrialJob, id: string): Promise<TrialRows> {
  const { key, molecules } = job;
  const url = `${job.url}/api/v1/jobs/${id}/results`;
  const seen = new Uint8Array(molecules);
  let wrong = 0;
  let failed = 0;
  let rows = 0;
  const check = (line: string) => {
    const row = JSON.parse(line) as { index: number; input: string; line: number; error?: object };
    rows += 1;
    seen[row.index] = (seen[row.index] ?? 0) + 1;
    if (row.input !== trialMolecule(row.index) || row.line !== row.index + 2) wrong += 1;
    if (row.error) failed += 1;
  };
  const decoder = new TextDecoder();
  let rest = '';
  let offset = 0;
  const read = async (
    headers: Record<string, string>,
    isEnough: (bytes: number, size: number) => boolean,
  ) => {
    const stop = new AbortController();
    const response = await fetch(url, { headers: { 'X-API-Key': key, ...headers }, signal: stop.signal });
    if (!response.ok || !response.body) throw new Error(`the results answered ${response.status}`);
    const size = Number(response.headers.get('content-length'));
    for await (const chunk of response.body) {
      offset += chunk.length;
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) check(line);
      if (isEnough(offset, size)) break;
    }
    stop.abort();
    return response.headers.get('etag') ?? '';
  };
  const etag = await read({}, (bytes, size) => bytes > size / 2);
  await read({ Range: `bytes=${offset}-`, 'If-Range': etag }, () => false);
  const missing = seen.reduce((sum, times) => sum + (times === 0 ? 1 : 0), 0);
  const twice = seen.reduce((sum, times) => sum + (times > 1 ? 1 : 0), 0);
  return { rows, missing, twice, wrong, failed };
}

/** Looks at the memory of gateway and worker now and then. */
function watchMemory(fleet: Fleet) {
  const largest = { gatewayMb: 0, workerMb: 0 };
  const timer = setInterval(() => {
    largest.gatewayMb = Math.max(largest.gatewayMb, residentMb(fleet.processes.gateway.pid));
    largest.workerMb = Math.max(largest.workerMb, residentMb(fleet.processes.worker.pid));
  }, 200);
  return { largest: () => ({ ...largest }), stop: () => clearInterval(timer) };
}

/** Resident memory of a process, megabytes; 0 where the system does not tell. */
function residentMb(pid: number | undefined): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
