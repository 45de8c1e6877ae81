import { consentPurposeNames, consentPurposes } from '@sillage/contracts';
import { invalidField } from '@sillage/kit';

export interface Decision {
  readonly purpose: string;
  readonly granted: boolean;
  readonly version: string;
}

/** Decisions that can be kept: of purposes there are, each once, on the text as it is now. Throws invalid_input. */
export function readDecisions(decisions: readonly Decision[]): readonly Decision[] {
  if (decisions.length === 0) throw invalidField('/consents', 'consents must hold a decision');
  for (const [index, { purpose, version }] of decisions.entries()) {
    const known = consentPurposeNames.find((name) => name === purpose);
    if (!known) {
      throw invalidField(
        `/consents/${index}/purpose`,
        `purpose must be one of ${consentPurposeNames.join(', ')}`,
      );
    }
    if (decisions.findIndex((one) => one.purpose === purpose) !== index) {
      throw invalidField(`/consents/${index}/purpose`, `${purpose} is decided twice`);
    }
    const current = consentPurposes[known].version;
    if (version !== current) {
      throw invalidField(
        `/consents/${index}/version`,
        `version must be ${current}: the text as it is now is what is decided on`,
      );
    }
  }
  return decisions;
}
