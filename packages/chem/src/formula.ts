import { symbolOf } from './elements.ts';
import type { MolGraph } from './graph.ts';

/** Sum formula in the order of Hill (J. Am. Chem. Soc. 1900, 22, 478), with the charge of an ion: `C8H8O3`, `C2H3O2-`. */
export function sumFormula({ atoms }: MolGraph): string {
  const counts = new Map<string, number>();
  const add = (symbol: string, count: number) => {
    if (count > 0) counts.set(symbol, (counts.get(symbol) ?? 0) + count);
  };
  let charge = 0;
  for (const atom of atoms) {
    add(symbolOf(atom.atomicNumber), 1);
    add('H', atom.hydrogens);
    charge += atom.charge;
  }
  const first = counts.has('C') ? ['C', 'H'] : [];
  const rest = [...counts.keys()].filter((symbol) => !first.includes(symbol)).sort();
  const text = [...first, ...rest]
    .map((symbol) => [symbol, counts.get(symbol) ?? 0] as const)
    .map(([symbol, count]) => (count === 0 ? '' : `${symbol}${count === 1 ? '' : count}`))
    .join('');
  const size = Math.abs(charge);
  return charge === 0 ? text : `${text}${size === 1 ? '' : size}${charge > 0 ? '+' : '-'}`;
}
