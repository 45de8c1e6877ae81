/** One heavy atom of a sanitised molecule. */
export interface Atom {
  readonly atomicNumber: number;
  readonly charge: number;
  /** Total hydrogens, implicit and explicit. */
  readonly hydrogens: number;
  readonly aromatic: boolean;
}

/** A bond between two atoms, by index. */
export interface Bond {
  readonly begin: number;
  readonly end: number;
  /** 1 single, 2 double, 3 triple, 4 aromatic. */
  readonly order: 1 | 2 | 3 | 4;
}

/** A molecule as RDKit sees it after sanitisation, without stereo: what every feature is computed from. */
export interface MolGraph {
  readonly atoms: readonly Atom[];
  readonly bonds: readonly Bond[];
  /** Atom indices of each ring, as RDKit's ring perception reports them. */
  readonly rings: readonly (readonly number[])[];
}
