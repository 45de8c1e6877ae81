import { z } from 'zod';

/** What zod tells an error function; the part used here. */
interface Issue {
  readonly code?: string | undefined;
  readonly input?: unknown;
}

/** One text for every way a field can be wrong: what would be right. */
function mustBe(expectation: string): { error: (issue: Issue) => string } {
  return {
    error: (issue) =>
      issue.input === undefined ? `is required and must be ${expectation}` : `must be ${expectation}`,
  };
}

/** A whole number; both ends are allowed. */
export function wholeNumber(min: number, max: number) {
  const wrong = mustBe(`a whole number from ${min} to ${max}`);
  return z.number(wrong).int(wrong).min(min, wrong).max(max, wrong);
}

/** A finite number; both ends are allowed. */
export function decimal(min: number, max: number, unit = '') {
  const wrong = mustBe(`a number from ${min} to ${max}${unit ? ` ${unit}` : ''}`);
  return z.number(wrong).min(min, wrong).max(max, wrong);
}

/** Text of a bounded length, in UTF-16 code units. */
export function text(minLength: number, maxLength: number) {
  const wrong = mustBe(
    minLength === 0
      ? `text of at most ${maxLength} characters`
      : `text of ${minLength} to ${maxLength} characters`,
  );
  return withoutNul(z.string(wrong).min(minLength, wrong).max(maxLength, wrong));
}

/** Text that Postgres can hold: it has no place for U+0000 in text or JSON. */
export function withoutNul(schema: z.ZodString): z.ZodString {
  return schema.refine((value) => !value.includes('\0'), 'must not hold the character U+0000');
}

/** True or false, as JSON. */
export function flag() {
  return z.boolean(mustBe('true or false'));
}

/** One of a closed set of texts. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, mustBe(`one of ${values.join(', ')}`));
}

/** A list of a bounded length. */
export function list<T extends z.ZodType>(item: T, min: number, max: number, what: string) {
  const wrong = mustBe(`a list of ${min} to ${max} ${what}`);
  return z.array(item, wrong).min(min, wrong).max(max, wrong);
}

/** A moment as RFC 3339 with a time zone, for instance 2026-11-21T10:00:00Z. */
export function moment() {
  return z.iso.datetime({ offset: true, ...mustBe('a time such as 2026-11-21T10:00:00Z') });
}

/** An object that refuses properties it does not know, by name. */
export function shape<const S extends z.core.$ZodLooseShape>(properties: S) {
  const known = Object.keys(properties);
  const about = known.length > 0 ? `known are ${known.join(', ')}` : 'none is';
  return z.strictObject(properties, {
    error: (issue: Issue) => {
      if (issue.code === 'unrecognized_keys') return `is not a known property; ${about}`;
      return issue.input === undefined ? 'is required and must be an object' : 'must be an object';
    },
  });
}

/** A whole number written in a query string. */
export function queryNumber(min: number, max: number) {
  const wrong = mustBe(`a whole number from ${min} to ${max}`);
  return z
    .string(wrong)
    .regex(/^\d{1,15}$/, wrong)
    .transform(Number)
    .pipe(wholeNumber(min, max))
    .meta({ type: 'integer', minimum: min, maximum: max });
}

/** A number written in a query string. */
export function queryDecimal(min: number, max: number) {
  const wrong = mustBe(`a number from ${min} to ${max}`);
  return z
    .string(wrong)
    .regex(/^-?\d{1,9}(\.\d{1,20})?$/, wrong)
    .transform(Number)
    .pipe(decimal(min, max))
    .meta({ type: 'number', minimum: min, maximum: max });
}

/** Texts written in a query string, by commas. */
export function queryList(maxItems: number, maxLength: number) {
  const wrong = mustBe(`1 to ${maxItems} texts of at most ${maxLength} characters, by commas`);
  return z
    .string(wrong)
    .min(1, wrong)
    .max(maxItems * (maxLength + 1), wrong)
    .transform((value) => value.split(',').map((item) => item.trim()))
    .pipe(z.array(z.string(wrong).min(1, wrong).max(maxLength, wrong), wrong).max(maxItems, wrong))
    .meta({ type: 'string' });
}

const decimals = [1, 10, 100, 1000, 1e4, 1e5, 1e6] as const;

/** A measured number without the digits a float32 does not have. */
export function rounded(value: number, places: 2 | 3 | 4 | 6): number {
  const scale = decimals[places];
  return Math.round(value * scale) / scale;
}
