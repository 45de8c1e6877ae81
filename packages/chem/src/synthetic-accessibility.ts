import type { FragmentScores } from './fragment-scores.ts';
import type { MolGraph } from './graph.ts';

/** What the score needs of a molecule. */
export interface AccessibilityInput {
  readonly graph: MolGraph;
  /** `morganEnvironments` of the graph. */
  readonly environments: readonly number[];
  /** Tetrahedral centres, whether or not their configuration is given. */
  readonly stereocentres: number;
}

/** Atoms of a ring from which on it is a macrocycle. */
const MACROCYCLE = 9;

/**
 * Synthetic accessibility, 1 (easy) to 10 (hard): how common the fragments of a molecule are, less what its size,
 * stereocentres, spiro atoms, bridgeheads and large rings cost. Ertl and Schuffenhauer, J. Cheminform. 2009, 1, 8, with
 * the changes that RDKit's Contrib/SA_Score names: one fee for macrocycles however many, a bonus for symmetry.
 */
export function syntheticAccessibility(input: AccessibilityInput, scores: FragmentScores): number {
  const { graph, environments, stereocentres } = input;
  const atoms = graph.atoms.length;
  if (atoms === 0) return Number.NaN;
  let sum = 0;
  for (const environment of environments) sum += scores.of(environment);
  const fragments = sum / environments.length;

  const { spiro, bridgeheads, hasMacrocycle } = ringFacts(graph);
  const fees =
    atoms ** 1.005 -
    atoms +
    Math.log10(stereocentres + 1) +
    Math.log10(spiro + 1) +
    Math.log10(bridgeheads + 1) +
    (hasMacrocycle ? Math.log10(2) : 0);
  const kinds = new Set(environments).size;
  const symmetry = atoms > kinds ? Math.log(atoms / kinds) / 2 : 0;
  return onScale(fragments - fees + symmetry);
}

/** From the raw score, -4 (hard) to 2.5 (easy), to 1-10; what would lie above 8 is drawn together. */
function onScale(raw: number): number {
  const linear = 11 - ((raw + 4 + 1) / 6.5) * 9;
  const score = linear > 8 ? 8 + Math.log(linear - 8) : linear;
  return Math.min(10, Math.max(1, score));
}

function ringFacts({ rings, atoms }: MolGraph): {
  spiro: number;
  bridgeheads: number;
  hasMacrocycle: boolean;
} {
  const hasMacrocycle = rings.some((ring) => ring.length >= MACROCYCLE);
  if (rings.length < 2) return { spiro: 0, bridgeheads: 0, hasMacrocycle };
  const n = atoms.length;
  const bondsOf = rings.map((ring) =>
    ring.map((atom, k) => bondKey(atom, ring[(k + 1) % ring.length] ?? 0, n)),
  );
  const spiro = new Set<number>();
  const bridgeheads = new Set<number>();
  for (const [i, ring] of rings.entries()) {
    const atomsHere = new Set(ring);
    const bondsHere = new Set(bondsOf[i]);
    for (let j = i + 1; j < rings.length; j++) {
      const commonAtoms = (rings[j] ?? []).filter((atom) => atomsHere.has(atom));
      const [only] = commonAtoms;
      if (commonAtoms.length === 1 && only !== undefined) spiro.add(only);
      if (commonAtoms.length < 3) continue;
      const common = (bondsOf[j] ?? []).filter((bond) => bondsHere.has(bond));
      if (common.length < 2) continue;
      for (const end of endsOf(common, n)) bridgeheads.add(end);
    }
  }
  return { spiro: spiro.size, bridgeheads: bridgeheads.size, hasMacrocycle };
}

/** Atoms that exactly one of the bonds touches: where two rings that share a path part. */
function endsOf(bonds: readonly number[], n: number): number[] {
  const touches = new Map<number, number>();
  for (const bond of bonds) {
    for (const atom of [Math.floor(bond / n), bond % n]) touches.set(atom, (touches.get(atom) ?? 0) + 1);
  }
  return [...touches].filter(([, count]) => count === 1).map(([atom]) => atom);
}

function bondKey(a: number, b: number, n: number): number {
  return a < b ? a * n + b : b * n + a;
}
