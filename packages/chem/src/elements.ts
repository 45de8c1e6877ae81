/** Element symbols in order of atomic number. */
const ELEMENTS: readonly string[] = (
  'H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr ' +
  'Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu ' +
  'Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr ' +
  'Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og'
).split(' ');

const SYMBOLS: ReadonlySet<string> = new Set(ELEMENTS);

/** True for a symbol of the periodic table in its usual capitals (`Cl`, not `CL`). */
export function isElement(symbol: string): boolean {
  return SYMBOLS.has(symbol);
}

/** Atoms that SMILES allows without square brackets. */
export const BARE_SYMBOLS: ReadonlySet<string> = new Set('B C N O P S F Cl Br I b c n o p s'.split(' '));

/** Lower-case symbols that stand for an aromatic atom inside brackets (`te` and `si` as RDKit extends them). */
export const AROMATIC_SYMBOLS: ReadonlySet<string> = new Set('b c n o p s se as te si'.split(' '));
