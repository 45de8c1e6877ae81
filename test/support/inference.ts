import {
  type GenerateRequest,
  type GenerateResponse__Output,
  type InferenceServiceDefinition,
  inferenceService,
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
  const pick = <K extends 'started' | 'molecule' | 'finished'>(kind: K) =>
    events.flatMap((event) => (event[kind] ? [event[kind]] : []));
  const [finished] = pick('finished');
  if (finished === undefined) throw new Error('the generation ended without its last event');
  return { molecules: pick('molecule'), finished };
}
