/** A span of readings, RFC 3339. */
export interface ReadingSpan {
  readonly from: string;
  readonly to: string;
}

/** What the wizard has so far. */
export interface CalibrationDraft {
  readonly baseline: ReadingSpan | undefined;
  /** Whether there is a second point. */
  readonly hasSpan: boolean;
  readonly span: ReadingSpan | undefined;
  /** What the reference device reports in the gas of the second point, by channel. */
  readonly levels: Readonly<Record<string, number | undefined>>;
  /** Whether what temperature and humidity add is fitted, and to which readings. */
  readonly hasAir: boolean;
  readonly air: ReadingSpan | undefined;
  readonly performedBy: string;
  readonly referenceGas: string;
  readonly note: string;
  /** undefined: it holds until the next one. */
  readonly validDays: number | undefined;
}

export const emptyDraft: CalibrationDraft = {
  ...{ baseline: undefined, hasSpan: false, span: undefined, levels: {} },
  ...{ hasAir: false, air: undefined },
  ...{ performedBy: '', referenceGas: '', note: '', validDays: 90 },
};

export const steps = ['baseline', 'span', 'air', 'certificate', 'check'] as const;
export type Step = (typeof steps)[number];

/** A calibration as the API takes it. */
export interface CalibrationRequest extends ReadingSpan {
  readonly span?: ReadingSpan & { readonly levels: Readonly<Record<string, number>> };
  readonly environment?: ReadingSpan;
  readonly certificate?: {
    readonly performed_by: string;
    readonly reference_gas?: string;
    readonly note?: string;
  };
  readonly valid_days?: number;
  readonly dry_run: boolean;
}

/** The levels that were given. */
export function levelsOf({ levels }: Pick<CalibrationDraft, 'levels'>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(levels).flatMap(([name, level]) => (level === undefined ? [] : [[name, level] as const])),
  );
}

/** Whether all that a step asks for is there; what is in it the API checks. */
export function isFilled(draft: CalibrationDraft, step: Step): boolean {
  if (step === 'baseline') return draft.baseline !== undefined;
  if (step === 'span') {
    return !draft.hasSpan || (draft.span !== undefined && Object.keys(levelsOf(draft)).length > 0);
  }
  if (step === 'air') return !draft.hasAir || draft.air !== undefined;
  return step === 'check' || draft.performedBy.trim() !== '';
}

/**
 * The request for what the draft has up to a step, undefined without a baseline. `isTrial`: the API is to tell what would
 * come of it and to keep nothing.
 */
export function requestOf(
  draft: CalibrationDraft,
  upTo: Step,
  isTrial: boolean,
): CalibrationRequest | undefined {
  const { baseline, hasSpan, span, hasAir, air, performedBy, referenceGas, note, validDays } = draft;
  if (!baseline) return undefined;
  const isReached = (step: Step) => steps.indexOf(upTo) >= steps.indexOf(step);
  return {
    ...baseline,
    ...(isReached('span') && hasSpan && span ? { span: { ...span, levels: levelsOf(draft) } } : {}),
    ...(isReached('air') && hasAir && air ? { environment: air } : {}),
    ...(isReached('certificate')
      ? {
          certificate: {
            performed_by: performedBy.trim(),
            ...(referenceGas.trim() === '' ? {} : { reference_gas: referenceGas.trim() }),
            ...(note.trim() === '' ? {} : { note: note.trim() }),
          },
          ...(validDays === undefined ? {} : { valid_days: validDays }),
        }
      : {}),
    dry_run: isTrial,
  };
}

/** A time as an `<input type="datetime-local">` has it: of the person's own clock, without a zone. */
export function toLocalField(timeMs: number): string {
  const local = new Date(timeMs - new Date(timeMs).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** RFC 3339 of what such an input has; undefined: nothing that is a time. */
export function fromLocalField(text: string): string | undefined {
  const timeMs = text === '' ? Number.NaN : new Date(text).getTime();
  return Number.isNaN(timeMs) ? undefined : new Date(timeMs).toISOString();
}
