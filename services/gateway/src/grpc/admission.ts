import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { AuthServiceDefinition, RouteScope } from '@sillage/contracts';
import {
  type CallInfo,
  errorKinds,
  type GrpcClient,
  type Log,
  type RequestContext,
  toAppError,
} from '@sillage/kit';
import express, { type Request } from 'express';
import type { Quotas } from '../clients/quotas.ts';
import type { UsageRecorder } from '../clients/usage-recorder.ts';
import { beginExchange, Exchange } from '../http/exchange.ts';
import { type AccessParts, accessPolicy } from '../middleware/access-policy.ts';
import { authorisation } from '../middleware/authorisation.ts';
import { metering } from '../middleware/metering.ts';

/** Metadata that the policy reads, as the headers they are at the HTTP door. */
const readHeaders = ['x-api-key', 'authorization', 'x-forwarded-for', 'user-agent'] as const;

/**
 * Serves a call behind the policy: throws what the HTTP door would answer, and what that door sets as headers is
 * metadata of the answer.
 */
export type Admit = <T>(
  call: CallInfo,
  context: RequestContext,
  scope: RouteScope,
  serve: (exchange: Exchange, request: Request) => Promise<T>,
) => Promise<T>;

export interface AdmissionParts extends AccessParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly log: Log;
  readonly quotas: Quotas;
  readonly usage: UsageRecorder;
  readonly settings: AccessParts['settings'] & { readonly trustedProxies: number };
}

/**
 * The policy of the HTTP door before calls: the same middleware, given a request that has the call's metadata as its
 * headers and the caller's address as its own, so that there are not two policies to keep alike.
 */
export function admission(parts: AdmissionParts): Admit {
  const policies = new Map<RouteScope, Policy>();
  return async (call, context, scope, serve) => {
    const exchange = new Exchange(context.requestId, context.deadlineMs - Date.now());
    exchange.endpoint = call.method;
    const request = requestOf(call);
    const response = new ServerResponse(request);
    beginExchange(request, exchange);
    try {
      await new Promise<void>((resolve, reject) => {
        const policy = policies.get(scope) ?? policyFor(scope, parts);
        policies.set(scope, policy);
        policy(request, response, (error) => (error ? reject(error) : resolve()));
      });
      // The policy has made of it what express works with.
      return await serve(exchange, request as Request);
    } catch (error) {
      response.statusCode = errorKinds[toAppError(error).code].http;
      throw error;
    } finally {
      for (const [name, value] of Object.entries(response.getHeaders())) {
        if (name.startsWith('ratelimit')) call.answer.set(name, String(value));
      }
      // No bytes go out by this response; it stands for the answer of the call, which is done.
      Object.defineProperty(response, 'writableFinished', { value: true });
      exchange.end();
    }
  };
}

type Policy = (request: IncomingMessage, response: ServerResponse, done: (error?: unknown) => void) => void;

/** An application takes plain requests and, as a part of another, what is called at its end; its type knows one of the two. */
function policyFor(scope: RouteScope, parts: AdmissionParts): Policy {
  const policy = express();
  policy.set('trust proxy', parts.settings.trustedProxies);
  policy.use(
    metering(parts),
    accessPolicy(parts),
    authorisation({ scope, auth: parts.auth, log: parts.log }),
  );
  return policy as unknown as Policy;
}

function requestOf(call: CallInfo): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: addressOf(call.peer) });
  const request = new IncomingMessage(socket);
  request.method = 'POST';
  request.url = '/';
  for (const name of readHeaders) {
    const value = call.metadata.get(name)[0];
    if (typeof value === 'string') request.headers[name] = value;
  }
  return request;
}

/** `127.0.0.1:5000` or `[::1]:5000` without the port. */
function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
