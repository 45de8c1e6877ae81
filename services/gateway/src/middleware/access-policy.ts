import type { RequestHandler } from 'express';
import type { KeyVerifier } from '../clients/key-verifier.ts';
import type { LimiterStore } from '../clients/limiter-store.ts';
import { authentication } from './authentication.ts';
import { rateLimit } from './rate-limit.ts';

export interface AccessParts {
  readonly verifier: KeyVerifier;
  readonly limiter: LimiterStore;
  readonly settings: { readonly isKeyRequired: boolean; readonly perMinute: number };
}

/** Who is asking, and whether he may ask now: the same at the door for HTTP and at the one for gRPC. */
export function accessPolicy({ verifier, limiter, settings }: AccessParts): RequestHandler[] {
  return [authentication({ verifier, limiter, ...settings }), rateLimit({ limiter })];
}
