import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import pty from '@lydell/node-pty';

/** A serial line without hardware: what is written here arrives at a port that is a file. */
export interface PtyPair {
  readonly path: string;
  write: (text: string | Uint8Array) => void;
  /** The cable is pulled: the port's file goes. */
  unplug: () => Promise<void>;
}

/** A pseudo-terminal. Its own reading end is let go of, so that whoever opens the path gets everything. */
export function openPty(): PtyPair {
  // Its types leave `open` out.
  const { open } = pty as unknown as {
    open: (size: object) => { _pty: string; master: ReadStream; slave: ReadStream };
  };
  const terminal = open({ cols: 80, rows: 24 });
  const { master, slave } = terminal;
  for (const end of [master, slave]) end.on('error', () => {});
  // Held open, so that the path stays a port; not read.
  const held = openSync(terminal._pty, constants.O_RDWR | constants.O_NOCTTY);
  slave.destroy();
  return {
    path: terminal._pty,
    write: (text) => {
      (master as unknown as NodeJS.WritableStream).write(text);
    },
    unplug: async () => {
      closeSync(held);
      const closed = once(master, 'close');
      master.destroy();
      await closed;
    },
  };
}
