import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

const sweepMs = 50;
/** A kept connection without a request for this long is closed; until then one may be on its way to us. */
const lingerMs = 500;

/**
 * Stops accepting, answers what is on its way, cuts what is left after `timeoutMs`. Every answer from now on says
 * that its connection closes, so that no client sends a next request into one that is going away.
 */
export async function stopServer(server: Server, timeoutMs: number): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), timeoutMs);
    let sweep: NodeJS.Timeout | undefined;
    const linger = setTimeout(() => {
      sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    }, lingerMs);
    // The close of an HTTP server would cut kept connections at once, whatever is on its way on them.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(force);
      clearTimeout(linger);
      clearInterval(sweep);
      resolve();
    });
  });
}
