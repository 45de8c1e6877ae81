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

/**
 * The console: our own files alone, nothing inline and nothing that is made code at run time. Drawings come as data and
 * blobs, in which nothing runs.
 */
export function consoleSecurityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: false,
  });
}
