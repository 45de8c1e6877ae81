import type { Mol } from '@rdkit/rdkit';
import type { MolGraph } from './graph.ts';
import { graphFromJson, type NumberedGraph } from './rdkit-json.ts';
import { type Remark, remarksOn } from './remarks.ts';
import { graphOfCanonical } from './smiles-graph.ts';
import { mayHaveStereocentre } from './stereocentres.ts';

/** Numbers that cost one pass over the molecule in RDKit (about 1 ms). */
export interface Descriptors {
  /** Average molecular weight, g/mol. */
  readonly molecularWeight: number;
  /** Crippen's estimate of log P (octanol/water). Wildman and Crippen, J. Chem. Inf. Comput. Sci. 1999, 39, 868. */
  readonly logP: number;
  /** Topological polar surface area, square ångström. Ertl et al., J. Med. Chem. 2000, 43, 3714. */
  readonly tpsa: number;
  readonly hydrogenBondDonors: number;
  readonly hydrogenBondAcceptors: number;
  readonly rotatableBonds: number;
  readonly rings: number;
  readonly heavyAtoms: number;
}

export interface SvgOptions {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Atoms of `graph()` to mark, by index. */
  readonly highlightAtoms?: readonly number[];
  /** Red, green and blue (0-1) behind each atom of `graph()`; undefined leaves an atom as it is. */
  readonly atomColours?: readonly (readonly [number, number, number] | undefined)[];
}

/** A SMARTS pattern, compiled. Lives in WASM memory: dispose it. */
export interface Pattern {
  readonly smarts: string;
  readonly query: Mol;
  [Symbol.dispose](): void;
}

/** What a molecule needs from the instance that made it. */
export interface MoleculeHost {
  /** Runs a call into RDKit; a crash of RDKit inside becomes a ChemError of kind `engine`. */
  guard<T>(call: () => T): T;
  /** SMILES without stereo and isotopes of a SMILES in which isotopic hydrogens may be left as [H]. */
  flatten(smiles: string): string;
  /** SMILES of the uncharged form of an ion. */
  neutralise(smiles: string): string;
}

const NO_MATCH = '{}';
const FLAT = '{"doIsomericSmiles":false}';

/** A parsed molecule. It holds WASM memory that nothing collects: dispose it, or use `chem.with`. */
export class Molecule {
  private readonly mol: Mol;
  private readonly host: MoleculeHost;
  private numbered: NumberedGraph | undefined;
  private canonical: string | undefined;

  constructor(mol: Mol, host: MoleculeHost) {
    this.mol = mol;
    this.host = host;
  }

  /** Canonical SMILES with stereo and isotopes. */
  get canonicalSmiles(): string {
    this.canonical ??= this.host.guard(() => this.mol.get_smiles());
    return this.canonical;
  }

  /** Canonical SMILES without stereo and isotopes: what the odour models see, and the key of their cache. */
  get flatSmiles(): string {
    const canonical = this.canonicalSmiles;
    // Only these marks can differ between the two forms, and a second canonicalisation costs as much as a parse.
    if (!/[@/\\]|\[\d/.test(canonical)) return canonical;
    const flat = this.host.guard(() => this.mol.get_smiles(FLAT));
    return flat.includes('[H]') ? this.host.flatten(flat) : flat;
  }

  /** SMILES as RDKit writes it by `details`, JSON of its SmilesWriteParams. */
  written(details: string): string {
    return this.host.guard(() => this.mol.get_smiles(details));
  }

  /** Heavy-atom graph, without stereo, atoms in the order of the input; see {@link MolGraph}. */
  graph(): MolGraph {
    return this.numberedGraph().graph;
  }

  /** The same graph with its atoms in the order of {@link flatSmiles}, in a fifth of the time. */
  canonicalGraph(): MolGraph {
    return graphOfCanonical(this.flatSmiles);
  }

  /** Salt, radical, no carbon: what a prediction should be read with. Empty for an ordinary molecule. */
  get remarks(): readonly Remark[] {
    return remarksOn({
      canonical: this.canonicalSmiles,
      neutralise: (smiles) => this.host.neutralise(smiles),
      graph: () => this.canonicalGraph(),
    });
  }

  /** What {@link Descriptors} names; NaN where RDKit does not give it. */
  descriptors(): Descriptors {
    const values = JSON.parse(this.host.guard(() => this.mol.get_descriptors())) as Record<string, number>;
    const read = (name: string): number => values[name] ?? Number.NaN;
    return {
      molecularWeight: read('amw'),
      logP: read('CrippenClogP'),
      tpsa: read('tpsa'),
      hydrogenBondDonors: read('NumHBD'),
      hydrogenBondAcceptors: read('NumHBA'),
      rotatableBonds: read('NumRotatableBonds'),
      rings: read('NumRings'),
      heavyAtoms: read('NumHeavyAtoms'),
    };
  }

  /** Drawing as an SVG document. */
  svg({ width, height, highlightAtoms = [], atomColours = [] }: SvgOptions): string {
    const numberOf = (index: number): number => {
      const number = this.numberedGraph().rdkitAtoms[index];
      if (number === undefined) throw new RangeError(`the molecule has no atom ${index} to highlight`);
      return number;
    };
    const coloured = atomColours.flatMap((colour, index) =>
      colour ? [[numberOf(index), colour] as const] : [],
    );
    const atoms = [...highlightAtoms.map(numberOf), ...coloured.map(([number]) => number)];
    const details = { width, height, atoms, highlightAtomColors: Object.fromEntries(coloured) };
    return this.host.guard(() => this.mol.get_svg_with_highlights(JSON.stringify(details)));
  }

  /** MDL molblock (V2000) with 2D coordinates; `name` becomes its first line. */
  molblock(name = ''): string {
    const block = this.host.guard(() => this.mol.get_molblock());
    const title = name
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
      .replace(/^[\s>$]+/, '')
      .slice(0, 80);
    return title + block.slice(block.indexOf('\n'));
  }

  /** How many different places in the molecule match the pattern. */
  countMatches(pattern: Pattern): number {
    const matches: unknown = JSON.parse(this.host.guard(() => this.mol.get_substruct_matches(pattern.query)));
    return Array.isArray(matches) ? matches.length : 0;
  }

  /**
   * How many tetrahedral centres it has, by RDKit's legacy perception, given a configuration or not. `graph` is either
   * graph of this molecule.
   */
  stereocentres(graph: MolGraph): number {
    // Most odorants can be seen to have none; asking RDKit costs as much as a tenth of a parse.
    if (!mayHaveStereocentre(graph)) return 0;
    const tags = this.host.guard(() => this.mol.get_stereo_tags());
    // "?" is a centre without a configuration; (r) and (s) are told by their surroundings alone and not counted.
    return tags.match(/"\([RS?]\)"/g)?.length ?? 0;
  }

  /** Whether the pattern occurs in the molecule. */
  matches(pattern: Pattern): boolean {
    return this.host.guard(() => this.mol.get_substruct_match(pattern.query)) !== NO_MATCH;
  }

  /** Frees its WASM memory; twice is no error. */
  [Symbol.dispose](): void {
    if (!this.mol.isDeleted()) this.mol.delete();
  }

  private numberedGraph(): NumberedGraph {
    this.numbered ??= graphFromJson(this.host.guard(() => this.mol.get_json()));
    return this.numbered;
  }
}
