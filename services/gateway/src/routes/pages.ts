import type { ErrorCode } from '@sillage/kit';

/** The page of /docs; what it loads comes from this gateway. */
export const documentsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sillage API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<main id="api"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

interface Explanation {
  readonly when: string;
  readonly remedy: string;
}

const explanations: Readonly<Record<ErrorCode, Explanation>> = {
  invalid_input: {
    when: 'A part of the request is wrong. <code>errors</code> names each field by a JSON pointer and says what would be right; for a SMILES, the character is named too.',
    remedy: 'Mend the fields that are named and send it again.',
  },
  not_understood: {
    when: 'The request is well formed, but the description says nothing about smell that we know.',
    remedy:
      'Use words from <code>suggestions</code>, or describe it with odour notes such as vanilla, smoky or citrus.',
  },
  too_large: {
    when: 'The body, a list or a text is over a documented limit.',
    remedy: 'Split it, or use a batch job.',
  },
  headers_too_large: {
    when: 'The headers of the request are larger than 16 KB together.',
    remedy: 'Send fewer or shorter headers; cookies are not read here.',
  },
  too_slow: {
    when: 'The headers or the body came more slowly than anybody on a working line sends them.',
    remedy: 'Send it again over a better line; a large file compressed.',
  },
  upgrade_required: {
    when: 'The route speaks WebSocket, and this was a plain request.',
    remedy: 'Use a WebSocket client, with the subprotocol <code>sillage.sensors.v1</code>.',
  },
  unsupported_media_type: {
    when: 'The body has a content type that this route does not read.',
    remedy: 'Send one of <code>accepted</code>, uncompressed.',
  },
  method_not_allowed: {
    when: 'The route exists but not with this method.',
    remedy: 'Use a method of the Allow header.',
  },
  unauthenticated: {
    when: 'There is no API key, or the one sent is not known, was revoked or has expired.',
    remedy: 'Send a key as <code>X-API-Key</code> or <code>Authorization: Bearer</code>.',
  },
  session_ended: {
    when: 'The session of a page is over: it lasted twelve hours, was signed out, or its key no longer holds.',
    remedy: 'Sign in again; what was typed is still there.',
  },
  forbidden: { when: 'The key holds, but not for this.', remedy: 'Use a key of the tenant it belongs to.' },
  not_found: {
    when: 'There is no such route or thing, or it belongs to another tenant.',
    remedy: 'Check the id; <a href="/docs">/docs</a> lists the routes.',
  },
  range_not_satisfiable: {
    when: 'The file ends before the range asked for.',
    remedy: 'Take its size from <code>Content-Range</code>, or fetch it from the start.',
  },
  conflict: {
    when: 'It clashes with what is there, for instance an Idempotency-Key used before with another body.',
    remedy: 'Use a new key for a new request.',
  },
  rate_limited: {
    when: 'The limit of this key or address is reached.',
    remedy: 'Wait for the seconds in <code>Retry-After</code>.',
  },
  quota_exceeded: {
    when: 'The tenant has used up what its tier allows: molecules of this month, or jobs at the same time. <code>quota</code> says which, how much, and when it resets.',
    remedy:
      'Wait until <code>quota.resets_at</code>, end a job, or ask for a higher tier; <code>GET /api/v1/account</code> tells what is left.',
  },
  overloaded: {
    when: 'We are at our capacity; the request did not run.',
    remedy: 'Wait for the seconds in <code>Retry-After</code>, longer each time.',
  },
  unavailable: {
    when: 'A part of the fleet cannot be reached at the moment; <code>dependency</code> says which.',
    remedy: 'Wait for the seconds in <code>Retry-After</code>. It recovers by itself.',
  },
  deadline: {
    when: 'The request took longer than it may.',
    remedy: 'Ask for less at once, or use a batch job.',
  },
  cancelled: { when: 'The caller left before the answer.', remedy: 'Nothing; this is seen in logs only.' },
  model_failed: {
    when: 'A model could not answer. This is our fault.',
    remedy: 'Tell us the <code>requestId</code>.',
  },
  internal: {
    when: 'Something went wrong on our side.',
    remedy: 'Tell us the <code>requestId</code>.',
  },
};

/** The page of /problems: what each error code means and what to do. */
export function problemsPageHtml(
  kinds: Readonly<Record<ErrorCode, { readonly http: number; readonly title: string }>>,
): string {
  const sections = Object.entries(kinds).map(([code, { http, title }]) => {
    // Both records have exactly the codes of the taxonomy.
    const { when, remedy } = explanations[code as ErrorCode];
    return `<section id="${code}"><h2>${title} <small>${http} <code>${code}</code></small></h2><p>${when}</p><p>${remedy}</p></section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Errors of the Sillage API</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
small { font-weight: normal; opacity: .7; }
section:target { outline: .2rem solid #c9a227; outline-offset: .5rem; }
</style>
</head>
<body>
<h1>Errors</h1>
<p>Every error is <code>application/problem+json</code> (RFC 9457): <code>type</code> leads here, <code>code</code> is stable, <code>requestId</code> finds the request in our logs.</p>
${sections.join('\n')}
</body>
</html>
`;
}
