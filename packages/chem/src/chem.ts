import type { Mol } from '@rdkit/rdkit';
import { ChemError } from './chem-error.ts';
import { explainRefusal } from './explain.ts';
import type { MolGraph } from './graph.ts';
import { Molecule, type MoleculeHost, type Pattern } from './molecule.ts';
import { loadRdkit, type Rdkit } from './rdkit.ts';
import { neutralisedJson } from './rdkit-json.ts';
import type { Remark } from './remarks.ts';
import type { WrittenAtom } from './smiles-bracket.ts';
import { type SmilesScan, scanSmiles } from './smiles-syntax.ts';

/**
 * Largest molecule, in heavy atoms. Odorants have fewer than 25. RDKit recurses along chains on a 64 KiB
 * stack: a chain of 600 atoms overflows it and leaves the whole WASM instance unusable, 400 are safe.
 */
export const MAX_HEAVY_ATOMS = 250;

/** Most atoms that may be written, explicit hydrogens included. */
const MAX_WRITTEN_ATOMS = 400;

/** Most rings, and never more rings than atoms: drawing a cage of 12 atoms and 55 rings takes RDKit 10 s. */
export const MAX_RINGS = 60;

/** What the hot path needs of a molecule, from one parse. */
export interface Description {
  /** Canonical SMILES with stereo. */
  readonly canonical: string;
  /** Canonical SMILES without stereo and isotopes. */
  readonly flat: string;
  readonly graph: MolGraph;
  readonly remarks: readonly Remark[];
}

const STEREO = /[@/\\]/;
/** Without stereo and written hydrogens there is nothing to assign and to remove, and RDKit need not look for it. */
const PLAIN = '{"assignStereo":false,"removeHs":false}';

type Written = Extract<SmilesScan, { kind: 'ok' }>;

/**
 * Molecules on one RDKit instance. Not shared between threads: each worker thread makes its own.
 *
 * If RDKit itself crashes, the call throws a ChemError of kind `engine`, `isBroken` becomes true and every
 * later call throws the same: the owner makes a new Chem.
 */
export class Chem implements MoleculeHost {
  private readonly rdkit: Rdkit;
  private failure: unknown;

  constructor(rdkit: Rdkit) {
    this.rdkit = rdkit;
  }

  /** With an RDKit of its own, in about 0.1 s. */
  static async load(): Promise<Chem> {
    return new Chem(await loadRdkit());
  }

  /** RDKit crashed: nothing can be asked of this one any more. */
  get isBroken(): boolean {
    return this.failure !== undefined;
  }

  /** Size of the WASM memory, bytes. */
  heapBytes(): number {
    return this.rdkit.heapBytes();
  }

  /**
   * Parses a SMILES (trimmed by the caller). Throws ChemError with the place of the fault. The result holds
   * WASM memory: dispose it, or use {@link Chem.with}.
   */
  parse(smiles: string): Molecule {
    const written = readWritten(smiles);
    const isPlain = !STEREO.test(smiles) && written.atoms.every(({ symbol }) => symbol !== 'H');
    const mol = this.guard(() => this.rdkit.module.get_mol(smiles, isPlain ? PLAIN : ''));
    if (mol === null) throw this.refusal(smiles, written.atoms);
    return new Molecule(mol, this);
  }

  /** Parses, calls `use`, and frees the molecule whatever happens. */
  with<T>(smiles: string, use: (molecule: Molecule) => T): T {
    const molecule = this.parse(smiles);
    try {
      return use(molecule);
    } finally {
      molecule[Symbol.dispose]();
    }
  }

  /** Canonical SMILES, graph and remarks from a single parse: the hot path of prediction. */
  describe(smiles: string): Description {
    return this.with(smiles, (molecule) => ({
      canonical: molecule.canonicalSmiles,
      flat: molecule.flatSmiles,
      graph: molecule.graph(),
      remarks: molecule.remarks,
    }));
  }

  /** Compiles a SMARTS pattern; throws an Error when it is malformed. */
  pattern(smarts: string): Pattern {
    const query = this.guard(() => this.rdkit.module.get_qmol(smarts));
    const reason = this.rdkit.takeErrors();
    if (query === null) throw new Error(`SMARTS ${smarts} cannot be read: ${reason}`);
    return { smarts, query, [Symbol.dispose]: () => query.delete() };
  }

  /** A pattern that matches whatever contains this molecule; throws ChemError when it cannot be read. */
  core(smiles: string): Pattern {
    readWritten(smiles);
    const query = this.guard(() => this.rdkit.module.get_mol(smiles));
    if (query === null) throw this.refusal(smiles, []);
    return { smarts: smiles, query, [Symbol.dispose]: () => query.delete() };
  }

  guard<T>(call: () => T): T {
    if (this.failure !== undefined) throw engineError(this.failure);
    try {
      return call();
    } catch (error) {
      this.failure = error ?? new Error('RDKit threw nothing');
      throw engineError(error);
    }
  }

  flatten(smiles: string): string {
    return this.reread(smiles, (mol) => mol.get_smiles('{"doIsomericSmiles":false}'));
  }

  neutralise(smiles: string): string {
    const json = this.reread(smiles, (mol) => neutralisedJson(mol.get_json()));
    return this.reread(json, (mol) => mol.get_smiles(), smiles);
  }

  /** Reads what RDKit itself wrote; `otherwise` (the input by default) where it cannot. */
  private reread(text: string, use: (mol: Mol) => string, otherwise = text): string {
    return this.guard(() => {
      const mol = this.rdkit.module.get_mol(text);
      this.rdkit.takeErrors();
      if (mol === null) return otherwise;
      try {
        return use(mol);
      } finally {
        mol.delete();
      }
    });
  }

  private refusal(smiles: string, atoms: readonly WrittenAtom[]): ChemError {
    this.rdkit.takeErrors();
    // RDKit drops explicit hydrogens before it checks; reading again with them kept makes its numbers ours.
    const again = this.guard(() => this.rdkit.module.get_mol(smiles, '{"removeHs":false}'));
    again?.delete();
    return explainRefusal(this.rdkit.takeErrors(), atoms);
  }
}

function readWritten(smiles: string): Written {
  const scan = scanSmiles(smiles);
  if (scan.kind === 'fault') throw ChemError.fromSyntax(scan.problem);
  const heavy = scan.atoms.reduce((count, { symbol }) => count + (symbol === 'H' ? 0 : 1), 0);
  if (heavy > MAX_HEAVY_ATOMS || scan.atoms.length > MAX_WRITTEN_ATOMS) {
    throw new ChemError({
      problem: 'too_many_atoms',
      detail: `the molecule has ${heavy} heavy atoms and ${scan.atoms.length} written atoms; at most ${MAX_HEAVY_ATOMS} and ${MAX_WRITTEN_ATOMS} are read`,
      hint: 'send one small molecule: odorants have fewer than 25 heavy atoms',
    });
  }
  if (scan.ringBonds > MAX_RINGS || (scan.ringBonds > 3 && scan.ringBonds >= scan.atoms.length)) {
    throw new ChemError({
      problem: 'too_many_rings',
      detail: `the molecule has ${scan.ringBonds} rings for ${scan.atoms.length} atoms; at most ${MAX_RINGS}, and fewer than its atoms, are read`,
      hint: 'check the ring numbers: each pair closes one ring',
    });
  }
  return scan;
}

function engineError(cause: unknown): ChemError {
  return new ChemError({
    problem: 'engine',
    detail: 'the chemistry engine failed on this molecule',
    hint: 'this is our fault: send the other molecules again, and report this one',
    cause,
  });
}
