import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { failureKind, needsSignIn } from '../../api/problem.ts';
import { pause, signedIn } from '../../api/waits.ts';
import { sendReadings } from './data.ts';
import { dueRows, type Recording, readingsOf, startOf } from './recording.ts';

/** Between two messages at the least, milliseconds. */
const tickMs = 1000;
/** Before a message that was not answered is sent again. */
const retryMs = 2000;

export interface Replay {
  readonly phase: 'idle' | 'running' | 'done' | 'stopped' | 'failed';
  readonly title: string;
  readonly sent: number;
  readonly total: number;
  readonly stored: number;
  readonly refused: number;
  /** Nobody answers; what was not stored is sent again. */
  readonly isLost: boolean;
  readonly error: unknown;
}

const idle: Replay = {
  ...{ phase: 'idle', title: '', sent: 0, total: 0 },
  ...{ stored: 0, refused: 0, isLost: false, error: undefined },
};

/**
 * Sends a recording to a device at its pace. A message that is not answered is sent again: readings are known by their
 * times and stored once. It ends when the page of the device is left.
 */
export function useReplay(id: string) {
  const queries = useQueryClient();
  const [replay, setReplay] = useState(idle);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const start = async (recording: Recording, speed: number) => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const { signal } = controller;
    const total = recording.rows.length;
    const change = (more: Partial<Replay>) => {
      if (running.current === controller) setReplay((before) => ({ ...before, ...more }));
    };
    setReplay({ ...idle, phase: 'running', title: recording.title, total });
    const startMs = startOf(recording, speed, Date.now());
    const began = performance.now();
    let [sent, stored, refused] = [0, 0, 0];
    while (sent < total && !signal.aborted) {
      const end = dueRows(recording, { sent, elapsedMs: performance.now() - began, speed });
      try {
        if (end > sent) {
          const answer = await sendReadings(id, readingsOf(recording, sent, end, startMs), signal);
          stored += answer.stored + answer.duplicates;
          refused += answer.refused_total;
          sent = end;
          change({ sent, stored, refused, isLost: false });
        }
        if (sent < total) await pause(tickMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (needsSignIn(error)) {
          await signedIn(queries, signal);
          continue;
        }
        if (failureKind(error) === 'refused') {
          change({ phase: 'failed', error });
          return;
        }
        change({ isLost: true });
        await pause(retryMs, signal);
      }
    }
    if (!signal.aborted) change({ phase: 'done' });
    void queries.invalidateQueries({ queryKey: ['sensors'] });
  };

  const stop = () => {
    running.current?.abort();
    setReplay((before) => ({ ...before, phase: 'stopped', isLost: false }));
  };
  return { replay, start, stop };
}
