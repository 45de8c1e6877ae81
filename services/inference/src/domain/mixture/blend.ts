/** One component of a blend, as the odour model sees it alone. */
export interface BlendComponent {
  /** Components with the same text are one molecule to the model. */
  readonly molecule: string;
  /** Parts, above 0. */
  readonly proportion: number;
  /** Rated strength, 0-10; undefined where the model rates none. */
  readonly intensity: number | undefined;
  /** Chance that it smells at all, 0-1; undefined counts as 1. */
  readonly odorous: number | undefined;
  /** 0-10 */
  readonly pleasantness: number | undefined;
  /** Of each note, 0-1. */
  readonly probabilities: Float32Array;
}

export interface BlendShare {
  /** Of the sum of all proportions, 0-1. */
  readonly proportion: number;
  /** Of this component alone at its proportion, 0-10. */
  readonly intensity: number | undefined;
  /** Of what is smelt, 0-1; the shares of a blend add up to 1. */
  readonly share: number;
  /** Too weak beside the others to be noticed. */
  readonly isMasked: boolean;
}

export interface Blend {
  readonly probabilities: Float32Array;
  readonly intensity: number | undefined;
  readonly pleasantness: number | undefined;
  /** In the order of the components. */
  readonly components: readonly BlendShare[];
}

/**
 * Exponent of Stevens' law on the model's own scale: the median slope of log rating over log dilution, for 308 molecules
 * rated at two dilutions each (Keller and Vosshall, BMC Neurosci. 2016, 17, 55). Printed by
 * `python -m sillage_training.odour.exponent`.
 */
export const stevensExponent = 0.22;

/** Below this share a component counts as masked; its strength is then under a quarter of the blend's. */
export const maskedShare = 0.05;

/**
 * The smell of a blend.
 *
 * 1. Strength of a component at its proportion x: rated strength × chance to smell × x^0.22 (Stevens' law). What is the
 *    same molecule to the model is one component here, with the sum of its proportions.
 * 2. Strengths add up like vectors: the blend's is the root of the sum of squares (vector model, Berglund, Berglund,
 *    Lindvall and Svensson, J. Exp. Psychol. 1973, 100, 29; held against others by Cain, Schiet, Olsson and de Wijk,
 *    Chem. Senses 1995, 20, 625). The angle between any two is taken as 90°: no constant to fit for a pair nobody has
 *    measured. A component's share is its square in that sum, so that weak ones are masked out of proportion.
 * 3. A note's strength is added up by the same law; its probability is that strength over the blend's. A blend of one
 *    molecule with itself is therefore that molecule.
 * 4. Pleasantness is the mean by share (intensity-weighted, as in Lapid, Harel and Sobel, Chem. Senses 2008, 33, 599).
 *
 * Where the model rates no strength for a component, shares are the proportions.
 */
export function blend(components: readonly BlendComponent[]): Blend {
  const total = components.reduce((sum, { proportion }) => sum + proportion, 0);
  const groups = Map.groupBy(components, ({ molecule }) => molecule);
  const isRated = components.every(({ intensity }) => intensity !== undefined);
  const strengths = new Map<string, number>();
  for (const [molecule, members] of groups) {
    const proportion = members.reduce((sum, member) => sum + member.proportion, 0) / total;
    const [first] = members;
    strengths.set(molecule, isRated && first ? strengthAt(first, proportion) : Math.sqrt(proportion));
  }
  const squares = [...strengths.values()].reduce((sum, strength) => sum + strength * strength, 0);

  const shares = components.map((component): BlendShare => {
    const members = groups.get(component.molecule) ?? [component];
    const parts = members.reduce((sum, member) => sum + member.proportion, 0);
    const strength = strengths.get(component.molecule) ?? 0;
    // Nothing in it smells: what there is most of counts most.
    const ofGroup = squares > 0 ? (strength * strength) / squares : parts / total;
    return {
      proportion: component.proportion / total,
      intensity: isRated ? strengthAt(component, component.proportion / total) : undefined,
      share: (ofGroup * component.proportion) / parts,
      isMasked: ofGroup < maskedShare,
    };
  });

  const width = components[0]?.probabilities.length ?? 0;
  const probabilities = new Float32Array(width);
  for (let note = 0; note < width; note++) {
    const square = components.reduce(
      (sum, component, index) =>
        sum + (shares[index]?.share ?? 0) * (component.probabilities[note] ?? 0) ** 2,
      0,
    );
    probabilities[note] = Math.min(1, Math.sqrt(square));
  }
  const isLiked = components.every(({ pleasantness }) => pleasantness !== undefined);
  return {
    probabilities,
    intensity: isRated ? Math.min(10, Math.sqrt(squares)) : undefined,
    pleasantness: isLiked
      ? components.reduce(
          (sum, { pleasantness = 0 }, index) => sum + pleasantness * (shares[index]?.share ?? 0),
          0,
        )
      : undefined,
    components: shares,
  };
}

/** Strength of one component at a proportion of 0-1 of the blend, 0-10. */
function strengthAt({ intensity = 0, odorous = 1 }: BlendComponent, proportion: number): number {
  return intensity * odorous * proportion ** stevensExponent;
}
