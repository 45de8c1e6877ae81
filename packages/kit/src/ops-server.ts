import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** The answers of the operations routes, for whichever server carries them. Undefined: not such a route. */
export async function answerOps(
  path: string,
  parts: { health: Health; metrics?: Metrics | undefined },
): Promise<{ status: number; type: string; body: string } | undefined> {
  const { health, metrics } = parts;
  const json = (ok: boolean, body: unknown) => ({
    status: ok ? 200 : 503,
    type: 'application/json',
    body: `${JSON.stringify(body)}\n`,
  });
  switch (path) {
    case '/health/live':
    case '/health':
      return json(true, { status: 'live' });
    case '/health/startup':
      return json(health.isStarted, { status: health.isStarted ? 'started' : 'starting' });
    case '/health/ready':
    case '/ready': {
      const report = await health.report();
      return json(report.status === 'ready', report);
    }
    case '/metrics':
      return metrics
        ? { status: 200, type: metrics.registry.contentType, body: await metrics.registry.metrics() }
        : undefined;
    default:
      return undefined;
  }
}

/** A small HTTP server for probes and scrapes; not traced, not logged. */
export async function startOpsServer(options: {
  host: string;
  port: number;
  health: Health;
  metrics?: Metrics;
}): Promise<{ port: number; stop: () => Promise<void> }> {
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    void answerOps(path, options).then(
      (answer) => {
        response.writeHead(answer?.status ?? 404, { 'content-type': answer?.type ?? 'text/plain' });
        response.end(answer?.body ?? 'not found\n');
      },
      () => {
        response.writeHead(500);
        response.end();
      },
    );
  };
  const server = createServer(listener);
  await listen(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Listens, or rejects with the port and the reason. */
export async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`port ${port} on ${host} cannot be taken: ${error.message}`)),
    );
    server.listen(port, host, resolve);
  });
}
