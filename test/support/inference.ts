import {
  type GenerateRequest,
  type GenerateResponse__Output,
  type InferenceServiceDefinition,
  inferenceService,
  presentCandidates,
} from '@sillage/contracts';
import { service } from '@sillage/inference';
import { GrpcClient, type RunningService, startService } from '@sillage/kit';

/** The real inference service, with the models of this repository, and a client of it. */
export interface ServedInference {
  readonly running: RunningService;
  readonly client: GrpcClient<InferenceServiceDefinition>;
  stop: () => Promise<boolean>;
}

export async function serveInference(changes: Record<string, string> = {}): Promise<ServedInference> {
  const running = await startService(service, {
    HOST: '127.0.0.1',
    GRPC_PORT: '0',
    METRICS_PORT: '0',
    LOG_LEVEL: 'silent',
    MAX_WORKERS: '2',
    CACHE_WARM_ROWS: '0',
    ...changes,
  });
  const target = `127.0.0.1:${running.ports['grpc']}`;
  const client = new GrpcClient({
    definition: inferenceService,
    target,
    peer: 'inference',
    timeoutMs: 120_000,
  });
  return {
    running,
    client,
    stop: () => {
      client.close();
      return running.stop();
    },
  };
}

/** One generation, read to its end. */
export async function generateAll({ client }: ServedInference, request: GenerateRequest) {
  const events: GenerateResponse__Output[] = [];
  for await (const event of client.stream('Generate', request)) events.push(event);
  const pick = <K extends 'started' | 'molecule' | 'candidates' | 'finished'>(kind: K) =>
    events.flatMap((event) => (event[kind] ? [event[kind]] : []));
  const [started] = pick('started');
  const [finished] = pick('finished');
  if (!started || !finished) throw new Error('the generation has no first or no last event');
  return {
    order: events.map(({ event }) => event),
    started,
    molecules: pick('molecule'),
    candidates: pick('candidates').flatMap(presentCandidates),
    finished,
  };
}

/** Straight and branched alkyl esters: all different, none of them remembered from another test. */
export function esters(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    return `${'C'.repeat(1 + (n % 9))}C(=O)O${'C'.repeat(1 + (Math.floor(n / 9) % 9))}C(C)${'C'.repeat(1 + Math.floor(n / 81))}`;
  });
}
