import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Express } from 'express';

/** The connection of a request that asks to become a WebSocket. */
export interface Upgrade {
  readonly socket: Socket;
  /** What came behind the request already. */
  readonly head: Buffer;
  /** Set by the route that makes a WebSocket of it; else the answer is a usual one and the connection ends with it. */
  isTaken: boolean;
}

const carried = Symbol('upgrade');
interface Carrier {
  [carried]?: Upgrade;
}

/** Which requests come by way of an upgrade; every other one with an Upgrade header is served as if it had none. */
export function shouldUpgrade({ method, url, headers }: IncomingMessage): boolean {
  const [path = ''] = (url ?? '').split('?');
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && path.endsWith('/stream');
}

/** Requests for an upgrade go through the application like any other, so that there is one policy and one log. */
export function serveUpgrades(server: Server, app: Express): void {
  server.on('upgrade', (request: IncomingMessage & Carrier, socket: Socket, head: Buffer) => {
    const upgrade: Upgrade = { socket, head, isTaken: false };
    request[carried] = upgrade;
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    // Node no longer listens to it.
    socket.on('error', () => socket.destroy());
    response.assignSocket(socket);
    response.once('finish', () => {
      if (!upgrade.isTaken) socket.end(() => socket.destroy());
    });
    app(request, response);
  });
}

/** Undefined for a request that asks for no upgrade. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return (request as Carrier)[carried];
}
