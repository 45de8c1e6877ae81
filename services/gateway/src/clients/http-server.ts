import type { Server } from 'node:http';

const sweepMs = 50;

/** Stops accepting, waits for answers on their way, cuts what is left after `timeoutMs`. */
export async function stopServer(server: Server, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), timeoutMs);
    // A connection whose last answer has just gone out stays open for the next request, which must not come.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    server.close(() => {
      clearTimeout(force);
      clearInterval(sweep);
      resolve();
    });
  });
}
