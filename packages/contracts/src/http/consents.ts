import { z } from 'zod';
import { consentPurposeNames, consentPurposes } from '../consents.ts';
import type { Consent__Output } from '../generated/sillage/auth/v1/Consent.ts';
import { flag, list, oneOf, shape, text } from './fields.ts';

const purpose = z.enum(consentPurposeNames);

export const decideConsentsSchema = shape({
  consents: list(
    shape({
      purpose: oneOf(consentPurposeNames),
      granted: flag(),
      version: text(1, 20).meta({ description: 'Of the text you decide on, as the list shows it.' }),
    }),
    1,
    consentPurposeNames.length,
    'decisions, one for a purpose',
  ),
}).meta({
  id: 'DecideConsentsRequest',
  description: 'Purposes left out stay as they are.',
  example: { consents: [{ purpose: 'popular_molecules', granted: true, version: '1' }] },
});

export const consentDecisionSchema = z
  .object({ purpose: z.string(), granted: z.boolean(), version: z.string(), decided_at: z.string() })
  .meta({ id: 'ConsentDecision' });
type ConsentDecisionJson = z.infer<typeof consentDecisionSchema>;

export const consentsSchema = z
  .object({
    consents: z.array(
      z.object({
        purpose,
        granted: z.boolean().meta({ description: 'Only what was granted in this version is.' }),
        version: z.string(),
        text: z.string().meta({ description: 'What is agreed to.' }),
        decided_at: z.string().nullable().meta({ description: 'Null: never decided, which is no.' }),
      }),
    ),
    history: z
      .array(consentDecisionSchema)
      .meta({ description: 'Every decision, newest first; at most 200.' }),
  })
  .meta({ id: 'Consents' });
export type ConsentsJson = z.infer<typeof consentsSchema>;

/** A decision as the API shows it. */
export function presentConsent(consent: Consent__Output): ConsentDecisionJson {
  return {
    purpose: consent.purpose,
    granted: consent.granted,
    version: consent.version,
    decided_at: consent.decidedAt,
  };
}

/** @param history every decision, newest first */
export function presentConsents(history: readonly Consent__Output[]): ConsentsJson {
  return {
    consents: consentPurposeNames.map((name) => {
      const { version, text } = consentPurposes[name];
      const last = history.find((one) => one.purpose === name);
      return {
        purpose: name,
        granted: last?.granted === true && last.version === version,
        version,
        text,
        decided_at: last?.decidedAt ?? null,
      };
    }),
    history: history.map(presentConsent),
  };
}
