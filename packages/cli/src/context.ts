import type { Readable, Writable } from 'node:stream';
import type { Sillage } from '@sillage/client';
import type { Profile } from './config.ts';

/** Everything a command touches outside of itself; tests give their own. */
export interface Context {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Used where no profile, variable or option says where the API is: the fleet of a checkout. */
  readonly fallback?: (() => Profile | undefined) | undefined;
}

/** What every command gets. */
export interface Session {
  readonly context: Context;
  readonly client: Sillage;
  readonly isJson: boolean;
}
