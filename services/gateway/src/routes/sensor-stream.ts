import { randomUUID } from 'node:crypto';
import {
  maxStreamMessageBytes,
  presentClassification,
  presentIngested,
  type SensorsServiceDefinition,
  type StreamRequest,
  streamProtocol,
  streamQuerySchema,
  streamTicketPrefix,
} from '@sillage/contracts';
import { AppError, type GrpcClient, type Metrics } from '@sillage/kit';
import type { Request, RequestHandler, Response } from 'express';
import { type WebSocket, WebSocketServer } from 'ws';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import type { LimiterStore } from '../clients/limiter-store.ts';
import { sendJson } from '../http/answer.ts';
import { callerOf, type Exchange, endpoint } from '../http/exchange.ts';
import { languageOf, problemOf } from '../http/language.ts';
import { parse } from '../http/parse.ts';
import { idOf } from '../http/path-id.ts';
import { assertAddressMayTry, countAddress, credentialOf } from '../middleware/authentication.ts';
import { requireModel } from '../middleware/authorisation.ts';
import type { StreamHub } from '../streams/stream-hub.ts';
import { StreamSession } from '../streams/stream-session.ts';
import type { StreamTickets } from '../streams/tickets.ts';
import { type Upgrade, upgradeOf } from '../streams/upgrades.ts';
import { watchCredential } from '../streams/watch-credential.ts';
import { blockOf } from './sensors.ts';

export interface StreamParts {
  readonly sensors: GrpcClient<SensorsServiceDefinition>;
  readonly verifier: KeyVerifier;
  readonly limiter: LimiterStore;
  readonly tickets: StreamTickets;
  readonly streams: StreamHub;
  readonly stopping: AbortSignal;
  readonly metrics: Metrics;
  readonly settings: { readonly perMinute: number; readonly corsOrigins: readonly string[] };
}

/** POST /api/v1/sensors/devices/{id}/stream-tickets. */
export function createStreamTicket({ sensors, tickets }: StreamParts): RequestHandler {
  return endpoint(async (exchange, request, response) => {
    const deviceId = idOf(request, 'device');
    await sensors.unary('GetDevice', { tenantId: callerOf(exchange).tenantId, deviceId });
    const { ticket, endsAtMs } = tickets.issue(credentialOf(request), deviceId);
    sendJson(response, 201, {
      ticket,
      protocols: [streamProtocol, `${streamTicketPrefix}${ticket}`],
      expires_at: new Date(endsAtMs).toISOString(),
      url: `/api/v1/sensors/devices/${deviceId}/stream`,
    });
  });
}

/** Before the policy of the stream: a ticket becomes the credential it was made with. */
export function redeemTicket(parts: StreamParts): RequestHandler {
  const options = { limiter: parts.limiter, perMinute: parts.settings.perMinute };
  return (request, response, next) => {
    const offered = offeredProtocols(request).find((name) => name.startsWith(streamTicketPrefix));
    if (offered === undefined || credentialOf(request) !== undefined) {
      next();
      return;
    }
    const redeem = async () => {
      await assertAddressMayTry(options, request, response);
      try {
        const ticket = offered.slice(streamTicketPrefix.length);
        const credential = await parts.tickets.redeem(ticket, idOf(request, 'device'));
        if (credential !== undefined) request.headers['x-api-key'] = credential;
      } catch (error) {
        await countAddress(options, request, response);
        throw error;
      }
    };
    redeem().then(() => next(), next);
  };
}

/** GET /api/v1/sensors/devices/{id}/stream: the WebSocket. */
export function streamReadings(parts: StreamParts): RequestHandler {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxStreamMessageBytes,
    handleProtocols: () => streamProtocol,
  });
  server.on('headers', (lines, request) => {
    // The policy's headers: request and trace id, what is left of the limit.
    const { res: response } = request as Request;
    for (const [name, value] of Object.entries(response?.getHeaders() ?? {})) lines.push(`${name}: ${value}`);
  });
  return endpoint(async (exchange, request, response) => {
    const { session = randomUUID() } = parse(streamQuerySchema, request.query);
    const upgrade = upgradeOf(request);
    assertOurs(parts, request, response, upgrade);
    const { tenantId, tier } = callerOf(exchange);
    const deviceId = idOf(request, 'device');
    const name = `${deviceId} ${session}`;
    parts.streams.assertRoom(tenantId, tier, name);
    const { settled } = await parts.sensors.unary('GetStream', { tenantId, deviceId, session });
    if (parts.stopping.aborted) throw stopping();
    parts.streams.assertRoom(tenantId, tier, name);
    const socket = await accept(server, request, upgrade);
    beAnswered(response);

    const stream = new StreamSession({
      ...{ socket, session, settled },
      backend: backendOf(parts, exchange, request, { deviceId, session }),
    });
    const credential = credentialOf(request);
    const unwatch =
      credential === undefined
        ? () => {}
        : watchCredential({
            ...{ verifier: parts.verifier, credential, address: request.ip, caller: callerOf(exchange) },
            onChange: (caller) => {
              exchange.caller = caller;
            },
            end: (code, reason) => void stream.end(code, reason),
          });
    const onLate = () => void stream.end(1001, 'a stream lasts a day; connect again and go on');
    exchange.signal.addEventListener('abort', onLate, { once: true });
    parts.streams.add(tenantId, name, stream);
    const { code, ...counts } = await stream.run();
    unwatch();
    exchange.signal.removeEventListener('abort', onLate);
    const isOurs = code < 3000 || code >= 4400;
    parts.streams.remove(tenantId, name, stream, isOurs ? String(code) : 'other');
    Object.assign(exchange.fields, counts, { closeCode: code });
  });
}

function backendOf(
  { sensors }: StreamParts,
  exchange: Exchange,
  request: Request,
  { deviceId, session }: { deviceId: string; session: string },
) {
  const device = { tenantId: callerOf(exchange).tenantId, deviceId };
  const language = languageOf(request);
  return {
    store: async ({ seq, readings }: StreamRequest) => {
      const block = blockOf(readings);
      const stream = { session, sequence: seq };
      const answer = await sensors.unary('IngestReadings', { ...device, block, stream });
      return answer.alreadySettled ? undefined : presentIngested(answer);
    },
    classify: async () => {
      const answer = await sensors.unary('GetClassification', device);
      if (answer.modelName !== '') requireModel(exchange, answer.modelName);
      return presentClassification(answer);
    },
    problem: (failure: AppError) => {
      const about = { url: request.originalUrl, requestId: exchange.requestId, language };
      const { errors = [], ...problem } = problemOf(failure, about);
      return errors.length > 0 ? { ...problem, errors: [...errors] } : problem;
    },
  };
}

function assertOurs(
  { settings, stopping: isStopping }: StreamParts,
  request: Request,
  response: Response,
  upgrade: Upgrade | undefined,
): asserts upgrade is Upgrade {
  if (!upgrade) {
    // RFC 9110, section 15.5.22.
    response.setHeader('upgrade', 'websocket');
    response.setHeader('connection', 'upgrade');
    throw new AppError('upgrade_required', 'this route is a WebSocket; ask for an upgrade to websocket');
  }
  if (!offeredProtocols(request).includes(streamProtocol)) {
    throw new AppError(
      'invalid_input',
      `the subprotocol ${streamProtocol} must be offered in Sec-WebSocket-Protocol`,
    );
  }
  const { origin } = request.headers;
  if (origin !== undefined && !isAllowed(origin, request, settings.corsOrigins)) {
    throw new AppError('forbidden', 'pages of this origin may not call this API');
  }
  if (isStopping.aborted) throw stopping();
}

/** As for any other call from a page: our own origin, and those of CORS_ORIGINS. */
function isAllowed(origin: string, request: Request, origins: readonly string[]): boolean {
  if (origins.includes('*') || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
}

function accept(server: WebSocketServer, request: Request, upgrade: Upgrade): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error, _socket: unknown, refused: unknown) => {
      if (refused !== request) return;
      server.off('wsClientError', refuse);
      reject(new AppError('invalid_input', `this is no handshake of RFC 6455: ${error.message}`));
    };
    server.on('wsClientError', refuse);
    server.handleUpgrade(request, upgrade.socket, upgrade.head, (socket) => {
      server.off('wsClientError', refuse);
      upgrade.isTaken = true;
      resolve(socket);
    });
  });
}

/** The 101 went out past express: what counts and logs requests reads it here. */
function beAnswered(response: Response): void {
  response.statusCode = 101;
  Object.defineProperty(response, 'headersSent', { value: true });
  Object.defineProperty(response, 'writableFinished', { value: true });
}

function offeredProtocols(request: Request): string[] {
  return (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
}

function stopping(): AppError {
  return new AppError('unavailable', 'this gateway stops; connect again', { retryAfterS: 1 });
}
