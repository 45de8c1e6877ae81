import { shareOf } from '../domain/generation/budget.ts';
import type { DrawnMolecule, GenerationChunk, InputOf } from '../threads/protocol.ts';
import type { ThreadLease, ThreadPool } from '../threads/thread-pool.ts';

/**
 * Parts in which the samples of every generation are drawn, side by side where there are threads for it. Their number
 * decides in which order molecules come, so it is the same everywhere: an answer does not depend on the machine.
 */
const lanes = 4;

export interface DrawingOptions {
  readonly pool: ThreadPool;
  readonly id: string;
  /** As a lane is opened, apart from which lane it is. */
  readonly opening: {
    readonly model: string;
    readonly odourModel: string;
    readonly options: Omit<InputOf<'generate-open'>['options'], 'lane'>;
  };
  /** Most samples that a lane draws at once. */
  readonly samplesAtOnce: number;
}

/** What one turn of a lane brought, less what another lane had brought before. */
export interface DrawnChunk {
  readonly sampled: number;
  readonly valid: number;
  readonly molecules: readonly DrawnMolecule[];
}

interface Lane {
  readonly id: string;
  readonly lease: ThreadLease;
  /** What it draws now. */
  chunk: Promise<GenerationChunk> | undefined;
  /** Samples of that chunk. */
  samples: number;
  isEmpty: boolean;
}

/**
 * The samples of one generation. Lanes take turns, so that the chunks come in the same order however fast each lane is
 * and however far it drew ahead. A lane is opened when its first turn is worth beginning. Close it whatever happens.
 */
export class Drawing {
  readonly #options: DrawingOptions;
  readonly #lanes: Lane[] = [];
  readonly #seen = new Set<string>();
  #turn = 0;

  constructor(options: DrawingOptions) {
    this.#options = options;
  }

  /**
   * Lets lanes draw until as many samples are on the way as are likely to be needed; at least the lane whose turn it is
   * draws when `next` is called. What is needed is dealt out evenly, so that no lane is left to draw the rest alone.
   * The same calls, between the same calls of `next`, give the same answer.
   */
  drawAhead(samples: number): void {
    const share = shareOf(samples, { lanes, most: this.#options.samplesAtOnce });
    let underWay = 0;
    for (let step = 0; step < lanes && underWay < samples; step++) {
      const lane = this.#lane((this.#turn + step) % lanes, share);
      if (lane.isEmpty) continue;
      lane.chunk ??= this.#draw(lane, share);
      underWay += lane.samples;
    }
  }

  /** The next chunk; undefined when all samples were drawn. */
  async next(): Promise<DrawnChunk | undefined> {
    const { samplesAtOnce } = this.#options;
    for (let step = 0; step < lanes; step++) {
      const lane = this.#lane(this.#turn, samplesAtOnce);
      this.#turn = (this.#turn + 1) % lanes;
      if (lane.isEmpty) continue;
      const { sampled, valid, molecules, isLast } = await (lane.chunk ?? this.#draw(lane, samplesAtOnce));
      lane.chunk = undefined;
      lane.isEmpty = isLast;
      return { sampled, valid, molecules: molecules.filter(({ canonical }) => this.#isNew(canonical)) };
    }
    return undefined;
  }

  async close(): Promise<void> {
    // A thread that died has nothing left to close.
    await Promise.all(
      this.#lanes.map(({ id, lease }) => lease.run('generate-close', { id }).catch(() => null)),
    );
    for (const { lease } of this.#lanes) lease.release();
  }

  /** Lanes are opened in the order of their turns, and begin with as many samples. */
  #lane(index: number, samples: number): Lane {
    for (let next = this.#lanes.length; next <= index; next++) this.#lanes.push(this.#open(next, samples));
    const lane = this.#lanes[index];
    if (lane === undefined) throw new RangeError(`there is no lane ${index}`);
    return lane;
  }

  #open(index: number, samples: number): Lane {
    const { pool, id, opening } = this.#options;
    const lane: Lane = {
      id: `${id} ${index}`,
      lease: pool.lease(),
      chunk: undefined,
      samples,
      isEmpty: false,
    };
    const options = { ...opening.options, lane: { index, of: lanes } };
    const opened = lane.lease.run('generate-open', { ...opening, id: lane.id, options });
    lane.chunk = opened.then(() => this.#draw(lane, samples));
    // It may fail when nobody waits for it.
    lane.chunk.catch(() => {});
    return lane;
  }

  #draw(lane: Lane, samples: number): Promise<GenerationChunk> {
    lane.samples = samples;
    const drawn = lane.lease.run('generate-next', { id: lane.id, samples });
    drawn.catch(() => {});
    return drawn;
  }

  #isNew(canonical: string): boolean {
    if (this.#seen.has(canonical)) return false;
    this.#seen.add(canonical);
    return true;
  }
}
