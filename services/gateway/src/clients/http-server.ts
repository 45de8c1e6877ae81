import type { Server } from 'node:http';

/** Stops accepting, waits for answers on their way, cuts what is left after `timeoutMs`. */
export async function stopServer(server: Server, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), timeoutMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
