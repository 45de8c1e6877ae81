/** A chunk that could be handed to a worker now. */
export interface Candidate {
  readonly tenantId: string;
  /** The tenant's share against others'. */
  readonly weight: number;
  /** Molecules of the chunk. */
  readonly rowCount: number;
  /** Of a slot; absent: all of it. */
  readonly cost?: number;
}

export interface Shares {
  /** Molecules by weight that each tenant has had; who is not here begins at the clock. */
  readonly passes: ReadonlyMap<string, number>;
  readonly clock: number;
}

/**
 * Which chunks go next: start-time fair queueing (Goyal, Vin and Cheng, 1996). Each tenant's chunks advance its own
 * pass by molecules over weight, and whoever is least far goes first; so while several tenants wait, each gets
 * molecules in proportion to its weight, however many jobs or chunks it has. A tenant that had nothing to do begins
 * at the clock, the pass of what was served last: idling saves up nothing.
 * Candidates of one tenant are taken in the order given; between equals, the first given goes first.
 */
export function chooseFairly<C extends Candidate>(
  candidates: readonly C[],
  { passes, clock }: Shares,
  slots: number,
): { readonly chosen: readonly C[]; readonly shares: Shares } {
  const waiting = new Map<string, C[]>();
  for (const candidate of candidates) {
    const own = waiting.get(candidate.tenantId);
    if (own) own.push(candidate);
    else waiting.set(candidate.tenantId, [candidate]);
  }
  const after = new Map(passes);
  const chosen: C[] = [];
  let now = clock;
  let taken = 0;
  while (taken < slots) {
    let next: { readonly candidate: C; readonly pass: number } | undefined;
    for (const [tenantId, [candidate]] of waiting) {
      if (!candidate) continue;
      const pass = Math.max(after.get(tenantId) ?? clock, clock);
      if (!next || pass < next.pass) next = { candidate, pass };
    }
    if (!next) break;
    const { candidate, pass } = next;
    waiting.get(candidate.tenantId)?.shift();
    after.set(candidate.tenantId, pass + candidate.rowCount / candidate.weight);
    now = Math.max(now, pass);
    chosen.push(candidate);
    taken += candidate.cost ?? 1;
  }
  return { chosen, shares: { passes: after, clock: now } };
}
