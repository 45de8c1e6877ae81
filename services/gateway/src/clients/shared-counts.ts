import type { Ask, Grant, SlotCount } from '../domain/sliding-window.ts';

export interface IdentityAsk extends Ask {
  readonly identity: string;
}

/** What a gateway let pass while the store was away, or before the store lost it. */
export interface Debt {
  readonly identity: string;
  readonly windowMs: number;
  readonly counts: readonly SlotCount[];
}

export interface Membership {
  /** Changes when the store has lost what it counted: a debt of every gateway then. */
  readonly run: string;
  /** Gateways that joined within the last quarter of a minute, this one included. */
  readonly gateways: number;
}

/** Counts that several gateways share. Each call may reject, late or never answer; the caller bounds its wait. */
export interface SharedCounts {
  /** One answer for each ask, in order, each decided in one atomic step; an identity is asked for once in a call. */
  take(asks: readonly IdentityAsk[]): Promise<readonly Grant[]>;
  /** Says that this gateway is there; called every few seconds, and first of all. */
  join(gateway: string): Promise<Membership>;
  /** Adds what passed elsewhere. */
  add(debts: readonly Debt[]): Promise<void>;
  leave(gateway: string): Promise<void>;
  /** Calls when the connection is lost, before anything else can be asked on a new one. */
  onLost?(listener: () => void): void;
}
