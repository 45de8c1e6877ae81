import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Chem, MAX_HEAVY_ATOMS } from './chem.ts';
import { ChemError } from './chem-error.ts';

let chem: Chem;
beforeAll(async () => {
  chem = await Chem.load();
});
afterAll(() => expect(chem.isBroken).toBe(false));

const VARIED = (
  'C CO CCO COc1cc(C=O)ccc1O CC1=CC[C@@H](CC1)C(=C)C CC1=CC[C@H](CC1)C(=C)C CSSC O=Cc1ccccc1 ' +
  'C[C@@H]1CCCCCCCCCCCCC(=O)C1 CC(C)=CCCC(C)=CC=O CC/C=C\\CCO C/C=C/C(=O)C1C(C)=CCCC1(C)C Cc1ccc(C(C)C)cc1 ' +
  'CC(=O)OCC=C(C)C CC(C)CC(=O)OCCC(C)C c1ccc2[nH]ccc2c1 Cc1c[nH]c2ccccc12 O=c1ccc2ccccc2o1 CCCCCCC1CCC(=O)O1 ' +
  'CN(C)C NCCCCN C=CCSSCC=C CC(S)C=O COc1cnc(CC(C)C)cn1 Cc1nccs1 c1ccsc1 c1ccoc1 c1ccncc1 c1cc[se]c1 ' +
  'C1CC2CCC1C2 CC1(C)[C@@H]2CC[C@@]1(C)C(=O)C2 CC1=CC[C@H]2C[C@@H]1C2(C)C CC(C)[C@@H]1CC[C@@H](C)C[C@H]1O ' +
  'CC1=C2CC[C@@](C)(C2)CCC1 O=C(O)/C=C/c1ccccc1 CC(=O)c1c(C)c([N+](=O)[O-])c(C(C)(C)C)c([N+](=O)[O-])c1C ' +
  'C[N+](C)(C)CC(=O)[O-] CC(=O)[O-].[Na+] [Na+].[Cl-] CCO.O [NH4+] S O=S=O [2H]C([2H])O [13CH3]O [H][H] [C-]#[O+] ' +
  'CC#N C#C N#N FC(F)(F)F ClC(Cl)Cl BrCCBr CI B(O)(O)O C[Si](C)(C)C CP(C)C O=P(O)(O)O C[Hg]C CS(C)=O ' +
  'c1ccc2c(c1)ccc1ccccc12 C1=CC=CC=CC=C1 c1ccc2cccc-2cc1 N[C@@H](C)C(=O)O OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O'
).split(' ');

test('canonical SMILES are stable when read again, and so are flat ones', () => {
  expect(VARIED.length).toBeGreaterThanOrEqual(60);
  for (const smiles of VARIED) {
    const { canonical, flat, graph } = chem.describe(smiles);
    expect(chem.describe(canonical).canonical).toBe(canonical);
    const again = chem.describe(flat);
    expect([again.canonical, again.flat]).toEqual([flat, flat]);
    expect(flat).not.toMatch(/[@/\\]|\[\d/);
    expect(again.graph.atoms).toHaveLength(graph.atoms.length);
  }
});

test('different spellings of a molecule share a canonical SMILES; enantiomers share only the flat one', () => {
  expect(chem.describe('OCC').canonical).toBe(chem.describe('C(O)C').canonical);
  const [left, right] = [chem.describe('C[C@H](N)O'), chem.describe('C[C@@H](N)O')];
  expect(left.canonical).not.toBe(right.canonical);
  expect(left.flat).toBe(right.flat);
  expect(left.graph).toEqual(right.graph);
});

test('the graph has charges, hydrogens, aromatic atoms and bonds, and rings', () => {
  expect(chem.describe('C[N+](=O)[O-]').graph).toEqual({
    atoms: [
      { atomicNumber: 6, charge: 0, hydrogens: 3, aromatic: false },
      { atomicNumber: 7, charge: 1, hydrogens: 0, aromatic: false },
      { atomicNumber: 8, charge: 0, hydrogens: 0, aromatic: false },
      { atomicNumber: 8, charge: -1, hydrogens: 0, aromatic: false },
    ],
    bonds: [
      { begin: 0, end: 1, order: 1 },
      { begin: 1, end: 2, order: 2 },
      { begin: 1, end: 3, order: 1 },
    ],
    rings: [],
  });
  const pyrrole = chem.describe('[nH]1cccc1').graph;
  expect(pyrrole.atoms[0]).toEqual({ atomicNumber: 7, charge: 0, hydrogens: 1, aromatic: true });
  expect(pyrrole.bonds.every(({ order }) => order === 4)).toBe(true);
  expect(pyrrole.rings.map((ring) => [...ring].sort())).toEqual([[0, 1, 2, 3, 4]]);
});

test('hydrogens written as atoms, isotopes too, are counted at their neighbour', () => {
  const methanol = { atomicNumber: 6, charge: 0, hydrogens: 3, aromatic: false };
  for (const smiles of ['CO', '[H]C([H])([H])O', '[2H]C([2H])([2H])O', '[3H]CO[2H]']) {
    const { graph, flat } = chem.describe(smiles);
    expect(flat).toBe('CO');
    expect(graph.atoms[0]).toEqual(methanol);
    expect(graph.bonds).toEqual([{ begin: 0, end: 1, order: 1 }]);
  }
  expect(chem.describe('[H][H]').graph.atoms).toHaveLength(2);
});

function refused(smiles: string): ChemError {
  try {
    chem.parse(smiles)[Symbol.dispose]();
  } catch (error) {
    if (error instanceof ChemError) return error;
    throw error;
  }
  throw new Error(`${smiles} was read`);
}

test.each([
  ['CC(C)(C)(C)C', 'valence', 2, 'C at position 2 has 5 bonds, more than C can have'],
  ['[H]C([H])(C)(C)(C)C', 'valence', 4, 'C at position 4 has 6 bonds, more than C can have'],
  ['ClC[N](C)(C)C', 'valence', 4, 'N at position 4 has 4 bonds, more than N can have'],
  ['c1ccccc1.c1cccc1', 'kekulize', 10, 'aromatic atoms of the ring system with c at position 10'],
  ['Cc1nccc1', 'kekulize', 2, 'aromatic atoms of the ring system with c at position 2'],
  ['CCc', 'aromaticity', 3, 'c at position 3 is written as aromatic (lower case) but is in no ring'],
  ['C1CC', 'syntax', 2, 'ring 1 opened at position 2 is never closed'],
])('%s is refused as %s at character %i', (smiles, problem, position, detail) => {
  const error = refused(smiles);
  expect(error).toMatchObject({ problem, position });
  expect(error.detail).toContain(detail);
});

test('what would overflow the stack of RDKit or stall it never reaches it', () => {
  expect(refused('C'.repeat(MAX_HEAVY_ATOMS + 1)).problem).toBe('too_many_atoms');
  expect(refused('[H]C'.repeat(199) + 'C[H]'.repeat(50)).problem).toBe('too_many_atoms');
  expect(refused('[U]123[U]14567[U]2489[U]3580[U]679%10[U]0%10').problem).toBe('syntax');
  expect(refused('[U]1234[U]567[U]189[U]25%10[U]3689%11[U]47%10%11').problem).not.toBe('engine');
  expect(chem.with('C'.repeat(MAX_HEAVY_ATOMS), (mol) => mol.molblock().length)).toBeGreaterThan(1000);
  expect(chem.isBroken).toBe(false);
});

test('a crash of the engine is our error, and the instance says that it is broken', async () => {
  const broken = await Chem.load();
  const crash = (): never => {
    throw new Error('memory access out of bounds');
  };
  expect(() => broken.guard(crash)).toThrow(expect.objectContaining({ problem: 'engine' }));
  expect(broken.isBroken).toBe(true);
  expect(() => broken.describe('C')).toThrow(expect.objectContaining({ problem: 'engine' }));
});

test.each([
  ['[CH3]', ['radical']],
  ['C[O]', ['radical']],
  ['[CH2]', ['radical']],
  ['[c]1ccccc1', ['radical']],
  ['C[N]C', ['radical']],
  ['[2H]C([2H])([2H])C(C)=O', ['isotope']],
  ['[13CH3]CO', ['isotope']],
  ['CC(=O)[O-]', ['ion']],
  ['C[N+](C)(C)C', ['ion']],
  ['C[NH3+]', ['ion']],
  ['[NH4+]', ['ion', 'inorganic']],
  ['O=[N+]([O-])c1ccccc1', []],
  ['C[N+](C)(C)CC(=O)[O-]', []],
  ['C[Se]C', ['rare_element']],
  ['C[Hg]C', ['rare_element']],
  ['C[Si](C)(C)C', ['rare_element']],
  ['[U]', ['inorganic', 'rare_element']],
  ['C[C@H](O)CC', ['stereo']],
  ['C/C=C/CO', ['stereo']],
  ['C'.repeat(93), ['involatile']],
  ['CCO.OCC=C', ['mixture']],
  ['c1cc[nH]c1', []],
  ['CS(=O)(=O)C', []],
  ['CP(=O)(O)O', []],
  ['CN(=O)=O', []],
])('%s is read with the remarks %j', (smiles, kinds) => {
  expect(chem.describe(smiles).remarks.map(({ kind }) => kind)).toEqual(kinds);
});

test('an ion is told its uncharged form', () => {
  expect(chem.describe('CC(=O)[O-]').remarks[0]?.suggestion).toBe('CC(=O)O');
  expect(chem.describe('C[N+](C)(C)C').remarks[0]).not.toHaveProperty('suggestion');
});

test('remarks name salts, mixtures and inorganics, and what to send instead', () => {
  const kinds = (smiles: string) => chem.describe(smiles).remarks.map(({ kind }) => kind);
  expect(kinds('CCO')).toEqual([]);
  expect(chem.describe('CC(=O)[O-].[Na+]').remarks).toEqual([
    {
      kind: 'salt',
      suggestion: 'CC(=O)O',
      text: 'this is a salt of 2 components; salts do not evaporate; send its largest organic component alone: CC(=O)O',
    },
  ]);
  expect(chem.describe('C[NH+](C)Cc1ccc([N+](=O)[O-])cc1.[Cl-]').remarks[0]?.suggestion).toBe(
    'CN(C)Cc1ccc([N+](=O)[O-])cc1',
  );
  expect(chem.describe('C[N+](C)(C)C.[Cl-]').remarks[0]?.suggestion).toBe('C[N+](C)(C)C');
  expect(chem.describe('CCO.O').remarks).toMatchObject([{ kind: 'mixture', suggestion: 'CCO' }]);
  expect(kinds('[Na+].[Cl-]')).toEqual(['salt', 'inorganic']);
  expect(kinds('S')).toEqual(['inorganic']);
  expect(kinds('C'.repeat(60))).toEqual(['involatile']);
});

test('descriptors, drawing and molblock of vanillin', () => {
  chem.with('COc1cc(C=O)ccc1O', (mol) => {
    const { molecularWeight, logP, tpsa, heavyAtoms } = mol.descriptors();
    expect(molecularWeight).toBeCloseTo(152.149, 2);
    expect(logP).toBeCloseTo(1.2133, 3);
    expect(tpsa).toBeCloseTo(46.53, 2);
    expect(heavyAtoms).toBe(11);
    const plain = mol.svg({ width: 200, height: 120 });
    expect(plain).toMatch(/<svg[^>]*width='200px' height='120px'/);
    expect(mol.svg({ width: 200, height: 120, highlightAtoms: [0, 1] })).not.toBe(plain);
    expect(mol.svg({ width: 200, height: 120, atomColours: [undefined, [1, 0.5, 0]] })).toContain('#FF7F00');
    expect(() => mol.svg({ width: 9, height: 9, highlightAtoms: [99] })).toThrow(RangeError);
    expect(mol.molblock('vanillin\n> $$$$').split('\n')[0]).toBe('vanillin > $$$$');
    expect(mol.molblock()).toMatch(/^\n.*\n\n.*V2000[\s\S]*M {2}END\n$/);
  });
});

test('20,000 parses, good and bad, leave the WASM memory as it was', () => {
  const bad = ['CC(C)(C)(C)C', 'c1cccc1', 'C1CC'];
  const round = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      const smiles = VARIED[index % VARIED.length] ?? 'C';
      chem.with(smiles, (mol) => mol.graph());
      if (index % 10 === 0) expect(() => chem.parse(bad[(index / 10) % 3] ?? '')).toThrow(ChemError);
    }
  };
  round(1000);
  const before = chem.heapBytes();
  expect(before).toBeGreaterThan(1_000_000);
  round(20_000);
  expect(chem.heapBytes()).toBe(before);
}, 60_000);

test('RDKit loads in a worker thread and prints nothing, not even about a bad molecule', async () => {
  const file = JSON.stringify(new URL('./rdkit.ts', import.meta.url).href);
  const source = `import { parentPort } from 'node:worker_threads';
    import { loadRdkit } from ${file};
    const { module, takeErrors } = await loadRdkit();
    const bad = [module.get_mol('CC(C)(C)(C)C'), module.get_mol('[H]'), module.get_qmol('[C')];
    parentPort.postMessage({ smiles: module.get_mol('OCC').get_smiles(), log: takeErrors(), bad: bad[0] });`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    stdout: true,
    stderr: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  let printed = '';
  worker.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  worker.stderr.on('data', (chunk) => {
    printed += chunk;
  });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  await ended;
  expect(answer).toEqual({ smiles: 'CCO', log: expect.stringContaining('Explicit valence'), bad: null });
  expect(printed).toBe('');
});
