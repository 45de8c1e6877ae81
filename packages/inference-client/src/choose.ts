/** A model as a pool lists it. */
export interface ListedModel {
  readonly name: string;
  readonly version: string;
  /** Absent where the list knows no tasks. */
  readonly task?: string | undefined;
  /** Serves requests of its task that name no model. */
  readonly isDefault?: boolean;
  /** False: it is in the list but cannot be used. */
  readonly isUsable?: boolean;
}

/** A pool as far as routing looks at it; `models` has the newest version of each name first. */
export interface Routable {
  readonly name: string;
  readonly weight: number;
  readonly models: readonly ListedModel[];
}

/** What a request must find in one pool. */
export interface Need {
  readonly task?: string;
  /** Names that the model may have; none: the default of the task. */
  readonly names: readonly string[];
  /** Empty: the newest. */
  readonly version: string;
  /** A task that the same pool must serve too. */
  readonly alongside?: string;
}

/** The pools that serve it, in the order of the configuration. */
export function poolsServing<P extends Routable>(pools: readonly P[], need: Need): P[] {
  const wanted = withName(pools, need);
  const serving = pools.filter((pool) => modelFor(pool, wanted) !== undefined);
  const usable = serving.filter((pool) => modelFor(pool, wanted)?.isUsable !== false);
  return usable.length > 0 ? usable : serving;
}

/** The model of a pool that would answer: of several versions the newest. Undefined: the pool does not serve it. */
export function modelFor(pool: Routable, need: Need): ListedModel | undefined {
  const { task, names, version, alongside } = need;
  if (alongside !== undefined && !pool.models.some((model) => model.task === alongside)) return undefined;
  const found = pool.models.filter(
    (model) =>
      (task === undefined || model.task === task) &&
      names.includes(model.name) &&
      (version === '' || model.version === version),
  );
  return found.find((model) => model.isUsable !== false) ?? found[0];
}

/** The need with the default's name where it names none: the first pool that has a default of the task decides. */
export function withName(pools: readonly Routable[], need: Need): Need {
  if (need.names.length > 0) return need;
  for (const pool of pools) {
    const named = pool.models.find((model) => model.task === need.task && model.isDefault);
    if (named) return { ...need, names: [named.name] };
  }
  return need;
}

/**
 * The pools in the order in which they are to be asked: by weighted rendezvous hashing, so that each is first for its
 * share of all keys, one key always has the same first pool, and keys of a pool that leaves go to the others while no
 * other key moves. Those of weight 0 come last.
 */
export function byShare<P extends Routable>(pools: readonly P[], key: string): P[] {
  if (pools.length < 2) return [...pools];
  const distance = (pool: P) =>
    pool.weight === 0 ? Number.POSITIVE_INFINITY : -Math.log(uniform(`${pool.name}\n${key}`)) / pool.weight;
  return pools
    .map((pool) => ({ pool, distance: distance(pool) }))
    .sort((a, b) => (a.distance === b.distance ? 0 : a.distance - b.distance))
    .map(({ pool }) => pool);
}

/** A number in (0, 1) that depends on the text alone: FNV-1a, its bits mixed by the finaliser of MurmurHash3. */
function uniform(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
