import { fromColumns } from './packed-features.ts';
import type { DescribedColumns, DescribedMolecule, DescribedRow } from './protocol.ts';

const NO_WARNINGS: DescribedMolecule['warnings'] = [];

/** Molecules as a thread has described them, in the order in which they were asked for. */
export function describedRows(columns: DescribedColumns): DescribedRow[] {
  const { canonical, flat, warnings, svgs, refused } = columns;
  const features = fromColumns(columns.features);
  let next = 0;
  return canonical.map((smiles, place) => {
    const bad = refused.get(place);
    if (bad !== undefined) return bad;
    const own = features[next++];
    if (own === undefined) throw new Error('a molecule has lost its features');
    return {
      kind: 'ok',
      canonical: smiles,
      flat: flat[place] ?? smiles,
      warnings: warnings.get(place) ?? NO_WARNINGS,
      svg: svgs.get(place) ?? '',
      features: own,
    };
  });
}
