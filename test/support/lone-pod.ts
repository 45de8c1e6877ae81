/**
 * A pod of its own process: the kit's whole life of a service around two calls that tell which pod answered. Run by
 * Node itself, as a deployed service is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { inferenceService } from '@sillage/contracts';
import { AppError, env, runService, startGrpcServer } from '@sillage/kit';
import { z } from 'zod';

const refuse = () => Promise.reject(new AppError('internal', 'not part of this script'));

await runService({
  name: 'lone-pod',
  config: z.object({ GRPC_PORT: env.port(), WORK_MS: env.integer(0, 60_000).default(20) }),
  start: async ({ config, log, metrics, health, defer }) => {
    const server = await startGrpcServer<typeof inferenceService>({
      definition: inferenceService,
      ...{ host: config.HOST, port: config.GRPC_PORT, log, metrics, health },
      handlers: {
        DrawMolblocks: async () => {
          await delay(config.WORK_MS);
          return { molblocks: [config.HOST] };
        },
        // A stream that outlasts the age of its connection, or the start of a shutdown.
        Generate: async function* ({ numMolecules }, { signal }) {
          yield { started: { worker: config.HOST } };
          for (let index = 0; index < numMolecules; index += 1) {
            await delay(100, undefined, { signal });
            yield { progress: { sampled: index + 1 } };
          }
          yield { finished: {} };
        },
        ...{
          Predict: refuse,
          PredictMixture: refuse,
          Classify: refuse,
          FindSimilar: refuse,
          ReadMap: refuse,
        },
        ...{ DescribeMolecules: refuse, Evaluate: refuse, ListModels: refuse },
      },
    });
    defer('gRPC server', (remainingMs) => server.stop(remainingMs));
    return { grpc: server.port };
  },
});
