import type { Adjacency } from './adjacency.ts';
import type { MolGraph } from './graph.ts';

/** Contributions in square ångström, by `neighbours hydrogens charge single double triple aromatic` and `r` in a ring of three. */
const NITROGEN = new Map(
  Object.entries({
    '1 0 0 0010': 23.79,
    '1 1 0 0100': 23.85,
    '1 2 0 1000': 26.02,
    '1 2 1 0100': 25.59,
    '1 3 1 1000': 27.64,
    '2 0 0 1100': 12.36,
    '2 0 0 0110': 13.6,
    '2 1 0 2000r': 21.94,
    '2 1 0 2000': 12.03,
    '2 0 1 1010': 4.36,
    '2 1 1 1100': 13.97,
    '2 2 1 2000': 16.61,
    '2 0 0 0002': 12.89,
    '2 1 0 0002': 15.79,
    '2 1 1 0002': 14.14,
    '3 0 0 3000r': 3.01,
    '3 0 0 3000': 3.24,
    '3 0 0 1200': 11.68,
    '3 0 1 2100': 3.01,
    '3 1 1 3000': 4.44,
    '3 0 0 0003': 4.41,
    '3 0 0 1002': 4.93,
    '3 0 0 0102': 8.39,
    '3 0 1 0003': 4.1,
    '3 0 1 1002': 3.88,
    '4 0 1 4000': 0,
  }),
);
const OXYGEN = new Map(
  Object.entries({
    '1 0 0 0100': 17.07,
    '1 1 0 1000': 20.23,
    '1 0 -1 1000': 23.06,
    '2 0 0 2000r': 12.53,
    '2 0 0 2000': 9.23,
    '2 0 0 0002': 13.14,
  }),
);

/**
 * Topological polar surface of nitrogen and oxygen, square ångström. Ertl, Rohde and Selzer, J. Med. Chem. 2000, 43,
 * 3714, table 1; an atom that the table lacks counts as the paper's fit by neighbours and hydrogens, as in RDKit.
 */
export function polarSurface({ atoms, rings }: MolGraph, { offset, order }: Adjacency): number {
  let total = 0;
  for (const [i, { atomicNumber, hydrogens, charge }] of atoms.entries()) {
    if (atomicNumber !== 7 && atomicNumber !== 8) continue;
    const from = offset[i] ?? 0;
    const neighbours = (offset[i + 1] ?? 0) - from;
    const bonds = [0, 0, 0, 0];
    for (let k = from; k < from + neighbours; k++) {
      const kind = (order[k] ?? 1) - 1;
      bonds[kind] = (bonds[kind] ?? 0) + 1;
    }
    const key = `${neighbours} ${hydrogens} ${charge} ${bonds.join('')}`;
    const table = atomicNumber === 7 ? NITROGEN : OXYGEN;
    const isInThree = rings.some((ring) => ring.length === 3 && ring.includes(i));
    const listed = (isInThree ? table.get(`${key}r`) : undefined) ?? table.get(key);
    const fit =
      atomicNumber === 7
        ? 30.5 - neighbours * 8.2 + hydrogens * 1.5
        : 28.5 - neighbours * 8.6 + hydrogens * 1.5;
    total += listed ?? Math.max(0, fit);
  }
  return total;
}
