import {
  type AuthServiceDefinition,
  deprecationOfRoute,
  type SensorsServiceDefinition,
  scopeOfRoute,
} from '@sillage/contracts';
import type { InferencePools } from '@sillage/inference-client';
import type { AddressPolicy, JobService } from '@sillage/jobs';
import type { GrpcClient, Health, Log, Metrics } from '@sillage/kit';
import express, { type Express } from 'express';
import type { Erasures } from './clients/erasures.ts';
import type { FleetView } from './clients/fleet-view.ts';
import type { JobCharges } from './clients/job-charges.ts';
import type { KeyVerifier } from './clients/key-verifier.ts';
import type { LimiterStore } from './clients/limiter-store.ts';
import type { Quotas } from './clients/quotas.ts';
import type { Sessions } from './clients/sessions.ts';
import type { TensorPools } from './clients/tensor-pools.ts';
import type { TokenVerifier } from './clients/token-verifier.ts';
import type { UsageRecorder } from './clients/usage-recorder.ts';
import type { PredictionCache } from './domain/prediction-cache.ts';
import type { OverloadGate } from './http/overload-gate.ts';
import { accessLog } from './middleware/access-log.ts';
import { accessPolicy } from './middleware/access-policy.ts';
import { authorisation } from './middleware/authorisation.ts';
import { readBody } from './middleware/body.ts';
import { bodyRate } from './middleware/body-rate.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { deprecation } from './middleware/deprecation.ts';
import { errors, methodNotAllowed, notFound } from './middleware/errors.ts';
import { metering } from './middleware/metering.ts';
import { noKeyInAddress } from './middleware/no-key-in-address.ts';
import { readRawBody } from './middleware/raw-body.ts';
import { requestId } from './middleware/request-id.ts';
import { requestMetrics } from './middleware/request-metrics.ts';
import { routeLimits } from './middleware/route-limits.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { session } from './middleware/session.ts';
import { trace } from './middleware/trace.ts';
import { consolePages } from './routes/console.ts';
import { documents } from './routes/documents.ts';
import { operations, operationsPaths } from './routes/operations.ts';
import { apiRoutes } from './routes/table.ts';
import type { StreamHub } from './streams/stream-hub.ts';
import type { StreamTickets } from './streams/tickets.ts';

export interface AppParts {
  readonly auth: GrpcClient<AuthServiceDefinition>;
  readonly inference: InferencePools;
  /** The same peer by the Open Inference Protocol; any other server of that protocol may take its place. */
  readonly tensors: TensorPools;
  readonly sensors: GrpcClient<SensorsServiceDefinition>;
  readonly jobs: JobService;
  readonly verifier: KeyVerifier;
  readonly tokens: TokenVerifier;
  readonly limiter: LimiterStore;
  readonly quotas: Quotas;
  readonly charges: JobCharges;
  readonly erasures: Erasures;
  readonly fleet: FleetView;
  /** Where webhooks may go. */
  readonly webhookPolicy: AddressPolicy;
  readonly streams: StreamHub;
  readonly tickets: StreamTickets;
  readonly sessions: Sessions;
  readonly usage: UsageRecorder;
  readonly cache: PredictionCache;
  readonly gate: OverloadGate;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Aborts when the gateway is about to stop. */
  readonly stopping: AbortSignal;
  readonly settings: {
    readonly isKeyRequired: boolean;
    readonly perMinute: number;
    readonly corsOrigins: readonly string[];
    readonly trustedProxies: number;
    readonly hstsMaxAgeS: number;
    readonly minBodyBytesPerS: number;
    readonly bodyWindowMs: number;
    readonly requestTimeoutMs: number;
    readonly generateTimeoutMs: number;
    readonly version: string;
    /** Where the console was built; absent: there is none. */
    readonly consoleDir: string | undefined;
  };
}

/** The gateway's HTTP application: the frame every request goes through, then the routes of routes/table.ts. */
export function createApp(parts: AppParts): Express {
  const { settings, metrics, log, health } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', settings.trustedProxies);

  app.get([...operationsPaths], operations({ health, metrics }));
  app.use(
    requestId({ timeoutMs: settings.requestTimeoutMs }),
    trace(),
    accessLog({ log }),
    requestMetrics({ metrics }),
    metering(parts),
    securityHeaders({ hstsMaxAgeS: settings.hstsMaxAgeS }),
    crossOrigin({ origins: settings.corsOrigins }),
    bodyRate({
      minBytesPerS: settings.minBodyBytesPerS,
      windowMs: settings.bodyWindowMs,
      stopping: parts.stopping,
    }),
  );

  // The door for gRPC has no cookies, and so no sessions.
  const policy = [session(parts), ...accessPolicy(parts)];
  const methods = new Map<string, string[]>();
  for (const route of apiRoutes(parts)) {
    const path = route.pattern.replaceAll(/\{(\w+)\}/g, ':$1');
    const known = methods.get(route.pattern) ?? [];
    methods.set(route.pattern, [...known, route.method.toUpperCase()]);
    const scope = scopeOfRoute(route.method, route.pattern);
    const deprecated = deprecationOfRoute(route.method, route.pattern);
    app[route.method](
      path,
      routeLimits({ pattern: route.pattern, timeoutMs: route.timeoutMs }),
      ...(deprecated ? [deprecation(deprecated)] : []),
      noKeyInAddress(),
      ...(route.before ? [route.before] : []),
      ...(scope === 'public' ? [] : [...policy, authorisation({ scope, auth: parts.auth, log })]),
      ...(route.body ? [readBody(route.body)] : []),
      ...(route.rawBody ? [readRawBody(route.rawBody)] : []),
      route.serve,
    );
  }
  for (const [pattern, allowed] of methods) {
    app.all(pattern.replaceAll(/\{(\w+)\}/g, ':$1'), methodNotAllowed(allowed, pattern));
  }
  app.use(documents({ version: settings.version }));
  for (const pattern of [...operationsPaths, '/openapi.json', '/docs', '/problems']) {
    app.all(pattern, methodNotAllowed(['GET'], pattern));
  }
  if (settings.consoleDir !== undefined) app.use(consolePages({ folder: settings.consoleDir }));
  app.use(notFound());
  app.use(errors());
  return app;
}
