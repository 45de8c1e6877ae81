import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Answers of the API are data: nothing in them may be run, framed or guessed to be something else. */
export function securityHeaders(options: { hstsMaxAgeS: number }): RequestHandler[] {
  const onData = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    // Any origin that CORS lets in may read answers.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    // For pages, or for browsers of long ago; on data they are bytes of every answer for nothing.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    strictTransportSecurity: false,
  });
  if (options.hstsMaxAgeS === 0) return [onData];
  // Other hosts of the domain are not ours to speak for.
  const hsts = helmet.strictTransportSecurity({ maxAge: options.hstsMaxAgeS, includeSubDomains: false });
  return [onData, (request, response, next) => (request.secure ? hsts(request, response, next) : next())];
}

/** Pages run our own scripts and styles, and nothing from elsewhere. */
export function pageSecurityHeaders(): RequestHandler {
  return helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      styleSrc: ["'self'", "'unsafe-inline'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  });
}
