import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, gunzip } from 'node:zlib';
import { AppError, reasonOf } from '@sillage/kit';
import {
  type KnownOdorant,
  type OdorantVectors,
  parseOdorants,
  parseOdorantVectors,
} from '../domain/prediction/known-odorants.ts';
import { type OdourMap, parseOdourMap } from '../domain/prediction/odour-map.ts';
import {
  type ModelVersion,
  manifestPath,
  modelFile,
  modelKey,
  RepositoryError,
} from '../repository/model-version.ts';
import type { ThreadPool } from '../threads/thread-pool.ts';
import { chunksOf } from './chunks.ts';

/** Queries of one task: a thread searches some 2 ms for each, and batches of the models wait behind it. */
const queriesPerTask = 8;

/** A known odorant beside the molecule that was asked about. */
export interface SimilarOdorant extends KnownOdorant {
  /** Cosine of the embeddings, -1 to 1. */
  readonly similarity: number;
  /** It is the molecule asked about, stereo aside. */
  readonly isSameMolecule: boolean;
  /** Of the index. */
  readonly row: number;
}

/** The molecules of an index, and the row of each by its SMILES. */
interface OdorantList {
  readonly odorants: readonly KnownOdorant[];
  readonly rowOf: ReadonlyMap<string, number>;
}

/** Lists by the checksum of their file: the versions of a model mostly have the same, which is then kept once. */
export type OdorantLists = Map<number, OdorantList>;

/** The known odorants of one model version, and where the model puts them on its map. */
export class OdorantIndex {
  readonly #odorants: readonly KnownOdorant[];
  readonly #rowOf: ReadonlyMap<string, number>;
  readonly #vectors: OdorantVectors;
  readonly #pool: ThreadPool;
  /** The odorants on a plane, or why there are none. */
  readonly map: OdourMap | string;

  constructor(options: {
    list: OdorantList;
    vectors: OdorantVectors;
    map: OdourMap | string;
    pool: ThreadPool;
  }) {
    this.map = options.map;
    this.#odorants = options.list.odorants;
    this.#rowOf = options.list.rowOf;
    this.#vectors = options.vectors;
    this.#pool = options.pool;
  }

  get odorants(): readonly KnownOdorant[] {
    return this.#odorants;
  }

  /** Values of one embedding. */
  get width(): number {
    return this.#vectors.width;
  }

  /** Row of a molecule by its canonical SMILES without stereo. */
  rowOf(flat: string): number | undefined {
    return this.#rowOf.get(flat);
  }

  /**
   * The `count` known odorants nearest to each molecule, of those that are `allowed` (all, when absent). One that is known
   * itself is the first of its own neighbours, with similarity 1. What has no SMILES has an empty `flat`.
   */
  async similar(
    molecules: readonly { readonly flat: string; readonly embedding: Float32Array }[],
    count: number,
    signal: AbortSignal,
    allowed?: Uint8Array,
  ): Promise<SimilarOdorant[][]> {
    const found = await Promise.all(
      chunksOf(molecules, queriesPerTask).map((chunk) =>
        this.#pool.run(
          'nearest',
          { vectors: this.#vectors, queries: chunk.map(({ embedding }) => embedding), count, allowed },
          { signal },
        ),
      ),
    );
    return found.flat().map((neighbours, index) => {
      const known = this.#rowOf.get(molecules[index]?.flat ?? '');
      const own = known === undefined || allowed?.[known] === 0 ? undefined : known;
      const others = neighbours.filter(({ row }) => row !== own);
      const all = own === undefined ? others : [{ row: own, similarity: 1 }, ...others];
      return all.slice(0, count).flatMap(({ row, similarity }) => {
        const odorant = this.#odorants[row];
        return odorant ? [{ ...odorant, row, similarity, isSameMolecule: row === own }] : [];
      });
    });
  }
}

/**
 * Reads the index that a manifest names by the roles `odorants` and `odorant_vectors`; undefined where it names none.
 * @throws RepositoryError when the files do not fit each other or the model.
 */
export async function loadOdorantIndex(
  model: ModelVersion,
  pool: ThreadPool,
  lists: OdorantLists,
): Promise<OdorantIndex | undefined> {
  const { files, outputs } = model.manifest;
  if (!('odorants' in files || 'odorant_vectors' in files)) return undefined;
  const list = await readIndexFile(model, 'odorants', (bytes) => listOf(bytes, lists));
  const { vectors, checksum } = await readIndexFile(model, 'odorant_vectors', (bytes) => ({
    vectors: parseOdorantVectors(bytes),
    checksum: crc32(bytes),
  }));
  const width = outputs.find(({ name }) => name === 'embedding')?.shape.at(-1);
  const problem = (field: string, detail: string) =>
    new RepositoryError([{ file: manifestPath(model.folder), field, detail }]);
  if (list.odorants.length !== vectors.count) {
    throw problem(
      'files.odorants',
      `has ${list.odorants.length} molecules, odorant_vectors ${vectors.count}`,
    );
  }
  if (width !== vectors.width) {
    throw problem(
      'files.odorant_vectors',
      `has rows of ${vectors.width}, the output embedding ${width ?? 'none'}`,
    );
  }
  const map = await loadOdourMap(model, { checksum, count: list.odorants.length });
  return new OdorantIndex({ list, vectors, map, pool });
}

function listOf(bytes: Buffer, lists: OdorantLists): OdorantList {
  const checksum = crc32(bytes);
  const known = lists.get(checksum);
  if (known !== undefined) return known;
  const odorants = parseOdorants(bytes.toString('utf8'));
  const list = { odorants, rowOf: new Map(odorants.map(({ smiles }, row) => [smiles, row])) };
  lists.set(checksum, list);
  return list;
}

/** The map of an index, or why it has none. One that was made from another index keeps nobody from predicting. */
async function loadOdourMap(
  model: ModelVersion,
  index: { checksum: number; count: number },
): Promise<OdourMap | string> {
  if (!('odorant_map' in model.manifest.files)) return 'has no odour map';
  const map = await readIndexFile(model, 'odorant_map', (bytes) => parseOdourMap(bytes.toString('utf8')));
  const isOfIndex = map.indexCrc32 === index.checksum && map.x.length === index.count;
  return isOfIndex ? map : 'has an odour map that was made from another index';
}

async function readIndexFile<T>(model: ModelVersion, role: string, parse: (bytes: Buffer) => T): Promise<T> {
  const path = modelFile(model, role);
  try {
    return parse(await promisify(gunzip)(await readFile(path)));
  } catch (error) {
    throw new RepositoryError([
      { file: path, field: `files.${role}`, detail: `cannot be read: ${reasonOf(error)}` },
    ]);
  }
}

/** For a model that was made without an index. */
export function noIndex(model: ModelVersion): AppError {
  return new AppError('invalid_input', `the model ${modelKey(model)} has no index of known odorants`, {
    errors: [
      { pointer: '/include', detail: `similar is not to be had from ${modelKey(model)}: it has no index` },
    ],
  });
}
