import type { Adjacency } from './adjacency.ts';
import {
  aliphatic,
  aromaticCarbon,
  is,
  isAliphatic,
  isAromatic,
  isC,
  isHeavy,
  isN,
  isO,
  type Surroundings,
  type Test,
  View,
} from './atom-surroundings.ts';
import type { Atom, MolGraph } from './graph.ts';

const HALOGENS: ReadonlySet<number> = new Set([9, 17, 35, 53]);
/** N, O, P, S and the halogens: what makes a carbon C3 or C4. */
const HETERO: ReadonlySet<number> = new Set([7, 8, 15, 16, 9, 17, 35, 53]);
const ALKALI: ReadonlySet<number> = new Set([3, 11, 19, 37, 55]);
const MAIN_GROUP_METALS: ReadonlySet<number> = new Set([
  ...ALKALI,
  ...[4, 12, 20, 38, 56, 5, 13, 31, 49, 81, 14, 32, 50, 82, 33, 51, 83, 34, 52, 84],
]);

const isHetero: Test = (atom) => !atom.aromatic && HETERO.has(atom.atomicNumber);

/**
 * log P (octanol/water) as the sum of atom contributions. Wildman and Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868,
 * with the order of types that RDKit gives them: the first type that fits is taken.
 */
export function crippenLogP(graph: MolGraph, adjacency: Adjacency): number {
  const view = new View(graph, adjacency);
  let total = 0;
  for (const own of view.around) {
    total += contribution(own, view);
    if (own.atom.hydrogens > 0) total += own.atom.hydrogens * hydrogen(own, view);
  }
  return total;
}

function contribution(own: Surroundings, view: View): number {
  const { atomicNumber, aromatic, charge } = own.atom;
  switch (atomicNumber) {
    case 1:
      return hydrogenAtom(own, view);
    case 6:
      return aromatic ? aromaticCarbonType(own, view) : carbon(own, view);
    case 7:
      return aromatic ? (charge > 0 ? -1.119 : charge === 0 ? -0.3239 : -0.4806) : nitrogen(own, view);
    case 8:
      return aromatic ? 0.1552 : oxygen(own, view);
    case 15:
      return 0.8612;
    case 16:
      return sulphur(own, view);
    default:
      return rest(own.atom);
  }
}

function carbon({ atom, single, double, triple, connections }: Surroundings, view: View): number {
  const h = atom.hydrogens;
  const carbons = view.count(single, isC);
  const plain = view.count(single, isAliphatic);
  const hasHetero = view.has(single, isHetero);
  const isSaturated = connections === 4;
  if (h === 4) return 0.1441;
  if ((h === 3 && carbons >= 1) || (h === 2 && carbons >= 2)) return 0.1441;
  if ((h === 1 && carbons >= 3) || carbons >= 4) return 0;
  if (hasHetero && h === 3) return -0.2035;
  if (hasHetero && isSaturated && h === 2 && plain >= 2) return -0.2035;
  if (hasHetero && isSaturated && h === 1 && plain >= 3) return -0.2051;
  if (hasHetero && isSaturated && h === 0 && plain >= 4) return -0.2051;
  if (view.has(double, (other) => isAliphatic(other) && other.atomicNumber !== 6)) return -0.2783;
  const olefinic = view.count(double, isC);
  if (olefinic >= 1 && h <= 2 && plain >= 2 - h) return 0.1551;
  if (olefinic >= 2) return 0.1551;
  if (connections === 2 && view.has(triple, isAliphatic)) return 0.0017;
  const aromatics = view.count(single, isAromatic);
  if (h === 3 && aromatics >= 1) return view.has(single, aromaticCarbon) ? 0.08452 : -0.1444;
  if (isSaturated && aromatics >= 1) {
    if (h === 2) return -0.0516;
    if (h === 1) return 0.1193;
    if (h === 0) return -0.0967;
  }
  if (olefinic >= 1) {
    if (aromatics >= 1 && plain >= 1) return 0.264;
    if (aromatics >= 2 && view.has(single, aromaticCarbon)) return 0.264;
    if (h === 1 && aromatics >= 1) return 0.264;
  }
  if (view.has(double, aromaticCarbon)) return 0.264;
  const isOther: Test = (other) =>
    isAliphatic(other) && other.atomicNumber !== 6 && !HETERO.has(other.atomicNumber);
  return isSaturated && view.has(single, isOther) ? 0.2148 : 0.08129;
}

const ON_AROMATIC_CARBON: ReadonlyMap<number, number> = new Map([
  [9, 0],
  [17, 0.245],
  [35, 0.198],
  [53, 0],
]);

function aromaticCarbonType(own: Surroundings, view: View): number {
  const { atom, single, double, aromaticBonds } = own;
  // C, N, O, S and halogens are named by the types; boron, silicon, phosphorus and metals are not.
  const isUnnamed: Test = (other) =>
    isAliphatic(other) && ![6, 7, 8, 16, 9, 17, 35, 53].includes(other.atomicNumber);
  if (atom.hydrogens === 0 && view.has(single, isUnnamed)) return -0.5443;
  for (const [halogen, value] of ON_AROMATIC_CARBON) if (view.has(single, is(halogen))) return value;
  if (atom.hydrogens === 1) return 0.1581;
  if (aromaticBonds >= 3) return 0.2955;
  if (aromaticBonds < 2) return 0.08129;
  // Two of the single-bonded neighbours are those of the ring.
  if (view.count(single, isAromatic) > aromaticBonds) return 0.2713;
  if (view.has(single, isC)) return 0.136;
  if (view.has(single, isN)) return 0.4619;
  if (view.has(single, isO)) return 0.5437;
  if (view.has(single, aliphatic(16))) return 0.1893;
  return view.has(double, aliphatic(6, 7, 8)) ? -0.8186 : 0.08129;
}

function nitrogen({ atom, single, double, triple }: Surroundings, view: View): number {
  const { hydrogens: h, charge } = atom;
  const plain = view.count(single, isAliphatic);
  const aromatics = view.count(single, isAromatic);
  const hasDouble = view.has(double, isHeavy);
  if (charge === 0) {
    if (h === 2 && plain >= 1) return -1.019;
    if (h === 1 && plain >= 2) return -0.7096;
    if (h === 2 && aromatics >= 1) return -1.027;
    if (h === 1 && aromatics >= 1 && plain + aromatics >= 2) return -0.5188;
    if (h === 1 && hasDouble) return 0.08387;
    if (hasDouble && plain + aromatics >= 1) return 0.1836;
    if (plain >= 3) return -0.3187;
    if ((aromatics >= 1 && plain >= 1 && plain + aromatics >= 3) || aromatics >= 3) return -0.4458;
    return view.has(triple, isAliphatic) ? 0.01508 : -0.4806;
  }
  if (charge < 0) return charge >= -3 ? 0.2887 : -0.4806;
  if (charge > 3) return -0.4806;
  if (h >= 1 && h <= 3) return -1.95;
  if (h === 0) {
    if (plain >= 4) return -0.3396;
    if (view.has(double, isAliphatic) && plain >= 1 && plain + aromatics >= 2) return -0.3396;
    if (view.has(double, is(6)) && view.has(double, is(7))) return -0.3396;
  }
  if (view.has(triple, isAliphatic)) return 0.2887;
  const isAnion: Test = (other) => isN(other) && other.charge < 0;
  return view.has(double, isAnion) && view.count(double, isN) >= 2 ? 0.2887 : -0.4806;
}

function oxygen({ atom, single, double, connections }: Surroundings, view: View): number {
  const { hydrogens: h, charge } = atom;
  if (h === 1 || h === 2) return -0.2893;
  const plain = view.count(single, isAliphatic);
  const aromatics = view.count(single, isAromatic);
  if (plain >= 2) return -0.0684;
  if (aromatics >= 1 && plain + aromatics >= 2) return -0.4195;
  const isEndAnion = connections === 1 && charge <= -1 && charge >= -3;
  if (view.has(double, (other) => other.atomicNumber === 7 || other.atomicNumber === 8)) return 0.0335;
  if (isEndAnion && view.has(single, is(7))) return 0.0335;
  if (isEndAnion && charge >= -2 && view.has(single, is(16))) return -0.3339;
  if (charge === 0 && view.has(double, (other) => other.atomicNumber === 16 && other.charge === 0))
    return -0.3339;
  if (charge === -1 && single.some((index) => isCarboxyl(index, view))) return -1.326;
  if (isEndAnion && view.has(single, (other) => isHeavy(other) && !isN(other) && !aliphatic(16)(other)))
    return -1.189;
  if (view.has(double, aromaticCarbon)) return 0.1788;
  const [carbonyl] = double.filter((index) => view.count([index], isC) === 1);
  const own = carbonyl === undefined ? undefined : view.around[carbonyl];
  return own === undefined ? -0.1188 : carbonylOxygen(own, view);
}

function isCarboxyl(index: number, view: View): boolean {
  const own = view.around[index];
  return own !== undefined && isC(own.atom) && view.has(own.double, isO);
}

/** An oxygen by the surroundings of the aliphatic carbon that it is doubly bonded to. */
function carbonylOxygen({ atom, single, double, connections }: Surroundings, view: View): number {
  const h = atom.hydrogens;
  const plain = view.count(single, isAliphatic);
  const aromatics = view.count(single, isAromatic);
  const carbons = view.count(single, isC);
  if (h === 1 && carbons >= 1) return -0.1526;
  if (carbons >= 1 && plain >= 2) return -0.1526;
  if (h === 1 && view.has(single, aliphatic(7, 8))) return -0.1526;
  if (h === 2) return -0.1526;
  if (connections === 2 && view.count(double, isO) >= 2) return -0.1526;
  const aromaticCarbons = view.count(single, aromaticCarbon);
  if (h === 1 && aromaticCarbons >= 1) return 0.1129;
  const isAnyCarbon = view.count(single, is(6));
  if (aromatics >= 1 && (isAnyCarbon > aromaticCarbons || (aromaticCarbons >= 1 && aromatics >= 2)))
    return 0.1129;
  if (aromaticCarbons >= 1 && plain >= 1) return 0.1129;
  return view.count(single, (other) => isHeavy(other) && other.atomicNumber !== 6) >= 2 ? 0.4833 : -0.1188;
}

function sulphur({ atom, double }: Surroundings, view: View): number {
  if (atom.aromatic) return 0.6237;
  const { charge } = atom;
  if (charge !== 0 && charge >= -4 && charge <= 6 && charge !== 4) return -0.0024;
  return charge === 0 && view.has(double, aliphatic(7, 8, 15, 16)) ? -0.0024 : 0.6482;
}

function rest({ atomicNumber: z, charge }: Atom): number {
  if (HALOGENS.has(z)) {
    if (charge === 0) return { 9: 0.4202, 17: 0.6895, 35: 0.8456 }[z] ?? 0.8857;
    if (charge === -1) return -2.996;
    return z === 53 && charge > 0 && charge <= 3 ? -2.996 : 0;
  }
  if (ALKALI.has(z) && charge === 1) return -2.996;
  if (MAIN_GROUP_METALS.has(z)) return -0.3808;
  const isTransition = (z >= 21 && z <= 30) || (z >= 39 && z <= 48) || (z >= 72 && z <= 80);
  return isTransition ? -0.0025 : 0;
}

/** Of each hydrogen that hangs on this atom. */
function hydrogen({ atom, single }: Surroundings, view: View): number {
  const { atomicNumber: z, aromatic } = atom;
  if (z === 6 || z === 1) return 0.123;
  if (z === 7) return 0.2142;
  if (z !== 8) return -0.2677;
  if (aromatic) return 0.1125;
  const neighbours = single.flatMap((index) => view.around[index] ?? []);
  const isCarbinol = neighbours.some((other) => isC(other.atom) && other.connections === 4);
  if (isCarbinol || view.has(single, aromaticCarbon)) return -0.2677;
  const isUnnamed: Test = (other) => ![6, 7, 8, 16].includes(other.atomicNumber);
  if (atom.hydrogens >= 2 || view.has(single, isUnnamed)) return -0.2677;
  if (view.has(single, is(7))) return 0.2142;
  const isAcid = neighbours.some(
    (other) =>
      isC(other.atom) &&
      view.has(
        other.double,
        (end) => end.atomicNumber === 6 || end.atomicNumber === 7 || aliphatic(8, 16)(end),
      ),
  );
  return isAcid || view.has(single, aliphatic(8, 16)) ? 0.298 : 0.1125;
}

/** A hydrogen that is an atom of its own: of H2, or a proton. */
function hydrogenAtom({ single }: Surroundings, view: View): number {
  return view.has(single, (other) => other.atomicNumber === 1 || other.atomicNumber === 6) ? 0.123 : 0.1125;
}
