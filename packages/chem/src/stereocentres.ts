import { adjacencyOf } from './adjacency.ts';
import type { MolGraph } from './graph.ts';

/**
 * False when no atom can be a tetrahedral stereocentre: a carbon needs four connections, at most one of them hydrogen and
 * no two of them ends of the same kind, as in an isopropyl group; of other elements only the number of neighbours is looked at.
 */
export function mayHaveStereocentre(graph: MolGraph): boolean {
  const { offset, neighbour, order } = adjacencyOf(graph);
  const degree = (i: number) => (offset[i + 1] ?? 0) - (offset[i] ?? 0);
  return graph.atoms.some(({ atomicNumber, hydrogens, aromatic }, i) => {
    // RDKit takes hydrogens of phosphorus for different groups.
    if (atomicNumber === 15) return true;
    if (aromatic || degree(i) < 3) return false;
    if (atomicNumber !== 6) return true;
    if (hydrogens > 1 || degree(i) + hydrogens !== 4) return false;
    const ends = new Set<string>();
    for (let k = offset[i] ?? 0; k < (offset[i + 1] ?? 0); k++) {
      const other = neighbour[k] ?? 0;
      const end = graph.atoms[other];
      if (end === undefined || degree(other) > 1) continue;
      const kind = `${end.atomicNumber} ${end.charge} ${end.hydrogens} ${order[k]}`;
      if (ends.has(kind)) return false;
      ends.add(kind);
    }
    return true;
  });
}
