/** Unix times below this are seconds (until the year 5138), above milliseconds. */
const largestSeconds = 1e11;

/** A Unix time in seconds or milliseconds, in milliseconds. */
export function numberTime(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Math.round(Math.abs(value) < largestSeconds ? value * 1000 : value);
}

/** RFC 3339; a time without a zone is none, since nobody knows whose it is. */
const moment = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})$/;

export function textTime(text: string): number | undefined {
  if (!moment.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
