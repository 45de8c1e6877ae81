/** A route that is on its way out, as its answers say. */
export interface DeprecationNotice {
  readonly method: string;
  readonly path: string;
  /** Since when (RFC 9745). */
  readonly since: Date | undefined;
  /** From when on it may be gone (RFC 8594). */
  readonly sunset: Date | undefined;
  /** What takes its place (RFC 5829). */
  readonly successor: string | undefined;
}

/** What the headers of an answer say about the end of its route; undefined where they say nothing. */
export function deprecationOf(method: string, path: string, headers: Headers): DeprecationNotice | undefined {
  const deprecation = headers.get('deprecation');
  if (deprecation === null) return undefined;
  const seconds = /^@(\d{1,12})$/.exec(deprecation)?.[1];
  const sunset = headers.get('sunset');
  const successor = /<([^>]*)>\s*;[^,]*rel="?successor-version"?/.exec(headers.get('link') ?? '')?.[1];
  return {
    method,
    path,
    since: seconds === undefined ? undefined : new Date(Number(seconds) * 1000),
    sunset: sunset === null || Number.isNaN(Date.parse(sunset)) ? undefined : new Date(sunset),
    successor,
  };
}

/** One sentence for people. */
export function describeDeprecation({ method, path, since, sunset, successor }: DeprecationNotice): string {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  return [
    `sillage: ${method} ${path} is deprecated${since ? ` since ${day(since)}` : ''}`,
    ...(sunset ? [`may be gone from ${day(sunset)} on`] : []),
    ...(successor ? [`use ${successor} instead`] : []),
  ].join('; ');
}
