import { expect, test } from '@jest/globals';
import { createLog } from '@sillage/kit';
import { KeyUseRecorder } from './key-use-recorder.ts';

const { log } = await createLog({ service: 'auth', level: 'silent' });
const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second));

function recorder(write: (uses: ReadonlyMap<string, Date>) => Promise<void>, maxKeys = 10) {
  return new KeyUseRecorder({ write, log, intervalMs: 3_600_000, maxKeys });
}

test('many uses of a key become one write of the latest; closing writes what is left', async () => {
  const written: [string, Date][][] = [];
  const uses = recorder(async (taken) => {
    written.push([...taken]);
  });
  uses.record('a', at(1));
  uses.record('b', at(2));
  uses.record('a', at(3));
  await uses.close();
  expect(written).toEqual([
    [
      ['a', at(3)],
      ['b', at(2)],
    ],
  ]);
});

test('what cannot be written is kept, later uses on top of it', async () => {
  let isAway = true;
  let written: ReadonlyMap<string, Date> | undefined;
  const uses: KeyUseRecorder = recorder(async (taken) => {
    if (isAway) {
      uses.record('a', at(5));
      throw new Error('away');
    }
    written = taken;
  });
  uses.record('a', at(1));
  uses.record('b', at(1));
  await uses.flush();
  isAway = false;
  await uses.close();
  expect(written).toEqual(
    new Map([
      ['a', at(5)],
      ['b', at(1)],
    ]),
  );
});

test('it remembers no more keys than it may', async () => {
  let written = 0;
  const uses = recorder(async (taken) => {
    written = taken.size;
  }, 2);
  for (const id of ['a', 'b', 'c', 'a']) uses.record(id, at(1));
  await uses.close();
  expect(written).toBe(2);
});
