import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Probe } from './probe.ts';

// Real files and a real process.
const models = join(import.meta.dirname, '../../../../test/oip/models');
const good = join(models, 'sums/1/model.onnx');
let probe: Probe;
let folder: string;

beforeEach(() => {
  probe = new Probe();
  folder = mkdtempSync(join(tmpdir(), 'probe-'));
});
afterEach(() => {
  probe.close();
  rmSync(folder, { recursive: true });
});

test('a file tells what it declares, one that is broken why it cannot be opened', async () => {
  expect(await probe.signature(good)).toEqual({
    inputs: ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: [-1, -1] })),
    outputs: [
      { name: 'y', datatype: 'FP32', shape: [-1, -1] },
      { name: 'total', datatype: 'FP32', shape: [-1] },
    ],
  });
  await expect(probe.signature(join(models, 'broken/1/model.onnx'))).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining('Protobuf parsing failed'),
  });
});

test('a file on which the loader dies is told so, and the next one is opened by a new process', async () => {
  await probe.signature(good);
  // Opening a pipe that nobody writes into never ends: time enough for what a crash would do.
  const pipe = join(folder, 'model.onnx');
  execFileSync('mkfifo', [pipe]);
  const asked = probe.signature(pipe);
  process.kill(probe.pid ?? 0, 'SIGSEGV');
  await expect(asked).rejects.toThrow('loading it ends the process that does so (SIGSEGV)');
  expect((await probe.signature(good)).inputs).toHaveLength(2);
});
