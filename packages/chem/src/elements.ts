/** Element symbols in order of atomic number. */
const ELEMENTS: readonly string[] = (
  'H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr ' +
  'Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu ' +
  'Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr ' +
  'Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og'
).split(' ');

/** Standard atomic weights, g/mol, in order of atomic number: those RDKit has, so that all weights of an answer agree. */
const WEIGHTS: readonly number[] = (
  '1.008 4.003 6.941 9.012 10.812 12.011 14.007 15.999 18.998 20.18 22.99 24.305 26.982 28.086 30.974 ' +
  '32.067 35.453 39.948 39.098 40.078 44.956 47.867 50.944 51.996 54.938 55.845 58.933 58.693 63.546 ' +
  '65.39 69.723 72.61 74.922 78.96 79.904 83.8 85.468 87.62 88.906 91.224 92.906 95.94 98 101.07 102.906 ' +
  '106.42 107.868 112.412 114.818 118.711 121.76 127.6 126.904 131.29 132.905 137.328 138.906 140.116 ' +
  '140.908 144.24 145 150.36 151.964 157.25 158.925 162.5 164.93 167.26 168.934 173.04 174.967 178.49 ' +
  '180.948 183.84 186.207 190.23 192.217 195.078 196.967 200.59 204.383 207.2 208.98 209 210 222 223 226 ' +
  '227 232.038 231.036 238.029 237 244 243 247 247 251 252 257 258 259 262 267 268 269 270 269 278 281 ' +
  '281 285 284 289 288 293 292 294'
)
  .split(' ')
  .map(Number);

const NUMBERS: ReadonlyMap<string, number> = new Map(ELEMENTS.map((symbol, index) => [symbol, index + 1]));

/** True for a symbol of the periodic table in its usual capitals (`Cl`, not `CL`). */
export function isElement(symbol: string): boolean {
  return NUMBERS.has(symbol);
}

/** Atoms that SMILES allows without square brackets. */
export const BARE_SYMBOLS: ReadonlySet<string> = new Set('B C N O P S F Cl Br I b c n o p s'.split(' '));

/** Lower-case symbols that stand for an aromatic atom inside brackets (`te` and `si` as RDKit extends them). */
export const AROMATIC_SYMBOLS: ReadonlySet<string> = new Set('b c n o p s se as te si'.split(' '));

/** A symbol in its usual capitals, as aromatic atoms are not written: `se` is `Se`. */
export function capitalised(symbol: string): string {
  return symbol.charAt(0).toUpperCase() + symbol.slice(1);
}

/** Atomic number of a symbol, or undefined. */
export function atomicNumberOf(symbol: string): number | undefined {
  return NUMBERS.get(symbol);
}

/** Symbol of an atomic number; `*` for one that no element has. */
export function symbolOf(atomicNumber: number): string {
  return ELEMENTS[atomicNumber - 1] ?? '*';
}

/** g/mol; 0 for a number that no element has. */
export function atomicWeight(atomicNumber: number): number {
  return WEIGHTS[atomicNumber - 1] ?? 0;
}
