import { maxMixtureComponents, minMixtureComponents } from '@sillage/contracts';
import { AppError, type ErrorCode, type FieldError, invalidField, type RequestContext } from '@sillage/kit';
import { type BlendShare, blend, stevensExponent } from '../domain/mixture/blend.ts';
import { type RankedNotes, topNotes } from '../domain/prediction/notes.ts';
import type { ModelVersion } from '../repository/model-version.ts';
import type { ModelRequest } from '../repository/repository.ts';
import type { PredictedMolecule, PredictedRow } from './prediction.ts';
import { defaultTopK, type Predictor } from './predictor.ts';

export interface MixtureInput {
  readonly components: readonly { readonly smiles: string; readonly proportion: number }[];
  /** 0: five. */
  readonly topK: number;
  readonly model: ModelRequest;
}

export interface PredictedMixture {
  readonly model: ModelVersion;
  readonly notes: RankedNotes;
  readonly intensity: number | undefined;
  readonly pleasantness: number | undefined;
  /** In the order of the request: the component alone, and its part in the blend. */
  readonly components: readonly { readonly alone: PredictedMolecule; readonly part: BlendShare }[];
  readonly method: { readonly name: string; readonly exponent: number | undefined };
  readonly queueMs: number;
  readonly inferenceMs: number;
}

/**
 * What a blend smells of: each component through the predictor, then the rules of domain/mixture.
 * Throws AppError invalid_input that names every component which cannot be used.
 */
export async function predictMixture(
  predictor: Predictor,
  { components, topK, model }: MixtureInput,
  context: RequestContext,
): Promise<PredictedMixture> {
  if (components.length < minMixtureComponents || components.length > maxMixtureComponents) {
    throw invalidField(
      '/components',
      `send ${minMixtureComponents} to ${maxMixtureComponents} components, not ${components.length}`,
    );
  }
  const wrong = components.findIndex(({ proportion }) => !(Number.isFinite(proportion) && proportion > 0));
  if (wrong >= 0) throw invalidField(`/components/${wrong}/proportion`, 'must be a number above 0');
  const predicted = await predictor.predict(
    { smiles: components.map(({ smiles }) => smiles), topK, include: {}, model },
    context,
  );
  const alone = usable(predicted.rows);
  const whole = blend(
    alone.map((molecule, index) => ({
      molecule: molecule.flat,
      proportion: components[index]?.proportion ?? 0,
      intensity: molecule.intensity,
      odorous: molecule.odorous,
      pleasantness: molecule.pleasantness,
      probabilities: molecule.allProbabilities,
    })),
  );
  const isRated = whole.intensity !== undefined;
  return {
    model: predicted.model,
    notes: topNotes(whole.probabilities, predicted.model.manifest.labels, topK || defaultTopK),
    intensity: whole.intensity,
    pleasantness: whole.pleasantness,
    components: alone.flatMap((molecule, index) => {
      const part = whole.components[index];
      return part ? [{ alone: molecule, part }] : [];
    }),
    method: isRated
      ? { name: 'stevens-vector-sum', exponent: stevensExponent }
      : { name: 'proportion-vector-sum', exponent: undefined },
    queueMs: predicted.queueMs,
    inferenceMs: predicted.inferenceMs,
  };
}

/** All components, or an error that names those that cannot be used: a blend without one of its parts is another. */
function usable(rows: readonly PredictedRow[]): PredictedMolecule[] {
  const refused = rows.flatMap((row, index): (FieldError & { code: ErrorCode })[] => {
    if (row.kind === 'ok') return [];
    const detail = row.hint ? `${row.detail}; ${row.hint}` : row.detail;
    return [{ pointer: `/components/${index}/smiles`, detail, code: row.code }];
  });
  const [first] = refused;
  if (first !== undefined) {
    const fault = refused.find(({ code }) => code !== 'invalid_input');
    throw new AppError(fault?.code ?? 'invalid_input', `${nameOf(first.pointer)}: ${first.detail}`, {
      errors: refused.map(({ pointer, detail }) => ({ pointer, detail })),
    });
  }
  return rows.flatMap((row) => (row.kind === 'ok' ? [row] : []));
}

/** A JSON pointer as a path with dots, as the API calls fields in its texts. */
function nameOf(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.');
}
