import type { LinkState } from '../agent-state.ts';
import type { CountLines, ParsedLine } from '../reading.ts';
import type { SourcePosition } from '../spool.ts';

/** Where a source puts what it read. */
export interface Sink {
  readonly state: LinkState;
  readonly countLines: CountLines;
  now: () => number;
  /** Spools readings of a sensor that goes on whatever we do: where there is no room, some go. Never throws. */
  take: (lines: readonly ParsedLine[]) => void;
  /** Spools readings of a sender that can wait: resolves when they are on the disk. Rejects only when aborted. */
  takeAll: (
    lines: readonly ParsedLine[],
    options: { readonly signal: AbortSignal; readonly position?: SourcePosition },
  ) => Promise<void>;
  /** Where a source that can be read again stood. */
  position: (source: string) => string | undefined;
}

/** Something that readings come from. */
export interface Source {
  /** Reads until aborted, or until there is no more. Rejects only for what a person must mend. */
  run: (sink: Sink, signal: AbortSignal) => Promise<void>;
}

/** Bytes of a line; 128 channels with long names need a tenth of it. */
export const maxLineBytes = 65_536;

/** Lines that are spooled in one go: so few fit into any spool, and one write to the disk serves many. */
const sliceLines = 64;

export function slices<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / sliceLines) }, (_, index) =>
    items.slice(index * sliceLines, (index + 1) * sliceLines),
  );
}
