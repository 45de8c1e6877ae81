import { expect, test } from '@jest/globals';
import { idle, nextRun, type Run, type RunAction } from './run.ts';

const event = (name: string, data: unknown): RunAction => ({
  kind: 'event',
  event: { event: name, id: undefined, data },
});
const after = (...actions: RunAction[]): Run => actions.reduce(nextRun, idle);
const begin: RunAction = { kind: 'begin', wanted: 2 };
const found = event('molecule', { smiles: 'C' });

test('molecules are kept as they come, until the last event says that it is done', () => {
  const run = after(begin, event('started', { seed: 1 }), event('progress', { sampled: 8 }), found, found);
  expect(run).toMatchObject({ status: 'running', started: { seed: 1 }, progress: { sampled: 8 } });
  const done = nextRun(run, event('finished', { statistics: { sampled: 9 } }));
  expect(done).toMatchObject({ status: 'done', statistics: { sampled: 9 }, molecules: [{}, {}] });
  expect(nextRun(done, { kind: 'end' })).toEqual(done);
  expect(nextRun(done, begin).molecules).toEqual([]);
});

test('what was found stays when it fails, is cut or is stopped', () => {
  for (const [action, status] of [
    [event('error', { detail: 'the model gave no number' }), 'failed'],
    [{ kind: 'end' }, 'failed'],
    [{ kind: 'stop' }, 'stopped'],
    [{ kind: 'fail', error: new TypeError('network') }, 'failed'],
  ] as const) {
    expect(after(begin, found, action)).toMatchObject({ status, molecules: [{ smiles: 'C' }] });
  }
});
