import type { LineOutcome } from './reading.ts';

/** What a source or the uplink is doing, for people. */
export interface LinkState {
  isUp: boolean;
  detail: string;
}

/** What the agent knows of itself. */
export interface AgentState {
  readonly lines: Partial<Record<LineOutcome, number>>;
  /** Readings spooled, settled by the fleet, refused by it, and dropped for want of room, since the start. */
  readonly readings: {
    spooled: number;
    settled: number;
    refused: number;
    dropped: number;
    duplicates: number;
  };
  readonly source: LinkState;
  readonly uplink: LinkState;
  /** Names that came and are no channel of the device; a handful of them. */
  readonly unknownChannels: Set<string>;
  /** What the device smells, as the fleet last told. */
  smell: string | undefined;
}

export function newAgentState(): AgentState {
  return {
    lines: {},
    readings: { spooled: 0, settled: 0, refused: 0, dropped: 0, duplicates: 0 },
    source: { isUp: false, detail: 'not yet opened' },
    uplink: { isUp: false, detail: 'not yet connected' },
    unknownChannels: new Set(),
    smell: undefined,
  };
}
