import type { Bond } from './graph.ts';

/** A set of atoms joined by ring bonds, and those bonds. */
interface RingSystem {
  readonly atoms: readonly number[];
  readonly bonds: readonly Ends[];
}

type Ends = Pick<Bond, 'begin' | 'end'>;

/** A cycle of a ring system: its atoms in order, and its bonds as bits. */
interface Cycle {
  readonly atoms: readonly number[];
  readonly bits: Uint32Array;
}

/**
 * The relevant rings of a graph: those that are no sum of shorter ones, so that every smallest ring through an atom or
 * bond is among them (P. Vismara, Electron. J. Comb. 1997, 4, R9; candidates after J. D. Horton, SIAM J. Comput. 1987,
 * 16, 358). Of several rings of one size that differ by equal detours, those along one detour are enough.
 */
export function ringsOf(atoms: number, bonds: readonly Ends[]): number[][] {
  return ringSystems(atoms, bonds).flatMap((system) =>
    system.atoms.length === system.bonds.length ? [walk(system)] : relevantCycles(system),
  );
}

/** Parts of the graph that hold together when every bond that lies in no ring is cut. */
function ringSystems(count: number, bonds: readonly Ends[]): RingSystem[] {
  if (bonds.length < 3) return [];
  const neighbours: { readonly atom: number; readonly bond: number }[][] = Array.from(
    { length: count },
    () => [],
  );
  for (const [bond, { begin, end }] of bonds.entries()) {
    neighbours[begin]?.push({ atom: end, bond });
    neighbours[end]?.push({ atom: begin, bond });
  }
  // Depth-first: a bond that no later atom leads back over lies in no ring (Tarjan's bridges).
  const entered = new Int32Array(count).fill(-1);
  const lowest = new Int32Array(count);
  const isRingBond = new Uint8Array(bonds.length).fill(1);
  let clock = 0;
  const visit = (atom: number, from: number): void => {
    entered[atom] = lowest[atom] = clock++;
    for (const next of neighbours[atom] ?? []) {
      if (next.bond === from) continue;
      if ((entered[next.atom] ?? 0) < 0) {
        visit(next.atom, next.bond);
        if ((lowest[next.atom] ?? 0) > (entered[atom] ?? 0)) isRingBond[next.bond] = 0;
      }
      lowest[atom] = Math.min(lowest[atom] ?? 0, lowest[next.atom] ?? 0);
    }
  };
  for (let atom = 0; atom < count; atom++) if ((entered[atom] ?? 0) < 0) visit(atom, -1);

  const systems: { atoms: number[]; bonds: Ends[] }[] = [];
  const systemOf: ({ atoms: number[]; bonds: Ends[] } | undefined)[] = [];
  for (const [index, bond] of bonds.entries()) {
    if (isRingBond[index] === 0) continue;
    let system = systemOf[bond.begin];
    if (system === undefined) {
      system = { atoms: [], bonds: [] };
      systems.push(system);
      const pending = [bond.begin];
      systemOf[bond.begin] = system;
      for (let atom = pending.pop(); atom !== undefined; atom = pending.pop()) {
        system.atoms.push(atom);
        for (const next of neighbours[atom] ?? []) {
          if (isRingBond[next.bond] === 0 || systemOf[next.atom] !== undefined) continue;
          systemOf[next.atom] = system;
          pending.push(next.atom);
        }
      }
    }
    system.bonds.push(bond);
  }
  return systems;
}

/** The atoms of a system that is a single ring, in order. */
function walk({ bonds }: RingSystem): number[] {
  const next = new Map<number, number[]>();
  const join = (from: number, to: number) => next.set(from, [...(next.get(from) ?? []), to]);
  for (const { begin, end } of bonds) {
    join(begin, end);
    join(end, begin);
  }
  const ring: number[] = [];
  let previous = -1;
  let atom = bonds[0]?.begin ?? -1;
  while (ring.length < bonds.length) {
    ring.push(atom);
    const [one = -1, other = -1] = next.get(atom) ?? [];
    const onward = one === previous ? other : one;
    previous = atom;
    atom = onward;
  }
  return ring;
}

function relevantCycles(system: RingSystem): number[][] {
  const rank = system.bonds.length - system.atoms.length + 1;
  const candidates = candidateCycles(system).sort((a, b) => a.atoms.length - b.atoms.length);
  const basis: Uint32Array[] = [];
  const rings: number[][] = [];
  for (let start = 0; start < candidates.length && basis.length < rank; ) {
    const size = candidates[start]?.atoms.length;
    let end = start;
    while (candidates[end]?.atoms.length === size) end += 1;
    const shorter = basis.length;
    for (const { atoms, bits } of candidates.slice(start, end)) {
      if (isZero(reduce(bits, basis.slice(0, shorter)))) continue;
      rings.push([...atoms]);
      const rest = reduce(bits, basis);
      if (!isZero(rest)) basis.push(rest);
    }
    start = end;
  }
  return rings;
}

/** For each atom and bond: the cycle of the bond and the shortest ways from its ends to the atom. */
function candidateCycles({ atoms, bonds }: RingSystem): Cycle[] {
  const number = new Map(atoms.map((atom, index) => [atom, index]));
  const ends = bonds.map(({ begin, end }) => [number.get(begin) ?? 0, number.get(end) ?? 0] as const);
  const neighbours: { readonly atom: number; readonly bond: number }[][] = atoms.map(() => []);
  for (const [bond, [a, b]] of ends.entries()) {
    neighbours[a]?.push({ atom: b, bond });
    neighbours[b]?.push({ atom: a, bond });
  }
  const found = new Map<string, Cycle>();
  for (let root = 0; root < atoms.length; root++) {
    const parent = new Int32Array(atoms.length).fill(-1);
    const parentBond = new Int32Array(atoms.length).fill(-1);
    const queue = [root];
    for (let head = 0; head < queue.length; head++) {
      const here = queue[head] ?? 0;
      for (const { atom, bond } of neighbours[here] ?? []) {
        if (atom === root || (parent[atom] ?? -1) >= 0) continue;
        parent[atom] = here;
        parentBond[atom] = bond;
        queue.push(atom);
      }
    }
    const wayTo = (atom: number): number[] => {
      const way: number[] = [];
      for (let at = atom; at !== root; at = parent[at] ?? root) way.push(at);
      return way;
    };
    for (const [bond, [a, b]] of ends.entries()) {
      if (parentBond[a] === bond || parentBond[b] === bond) continue;
      const left = wayTo(a);
      const right = wayTo(b);
      if (left.some((atom) => right.includes(atom))) continue;
      const bits = new Uint32Array((bonds.length + 31) >>> 5);
      const mark = (one: number) => {
        bits[one >>> 5] = (bits[one >>> 5] ?? 0) | (1 << (one & 31));
      };
      mark(bond);
      for (const atom of [...left, ...right]) mark(parentBond[atom] ?? 0);
      const key = bits.join();
      if (found.has(key)) continue;
      const inOrder = [root, ...left.reverse(), ...right];
      found.set(key, { atoms: inOrder.map((index) => atoms[index] ?? 0), bits });
    }
  }
  return [...found.values()];
}

/** `bits` less every vector of the basis whose highest bit it has. Each of the basis has another highest bit. */
function reduce(bits: Uint32Array, basis: readonly Uint32Array[]): Uint32Array {
  const rest = bits.slice();
  for (const vector of basis) {
    const top = highestBit(vector);
    if ((((rest[top >>> 5] ?? 0) >>> (top & 31)) & 1) === 0) continue;
    for (let word = 0; word < rest.length; word++) rest[word] = (rest[word] ?? 0) ^ (vector[word] ?? 0);
  }
  return rest;
}

function highestBit(bits: Uint32Array): number {
  for (let word = bits.length - 1; word >= 0; word--) {
    const value = bits[word] ?? 0;
    if (value !== 0) return word * 32 + 31 - Math.clz32(value);
  }
  return -1;
}

function isZero(bits: Uint32Array): boolean {
  return bits.every((word) => word === 0);
}
