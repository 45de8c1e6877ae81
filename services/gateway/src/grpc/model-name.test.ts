import { expect, test } from '@jest/globals';
import { openInferenceService } from '@sillage/contracts';
import { modelNameOf } from './model-name.ts';

const encode = openInferenceService.ModelInfer.requestSerialize;

test('name and version are found in any message, wherever they stand', () => {
  const request = {
    modelName: 'sums',
    modelVersion: '2',
    id: 'seven',
    inputs: [{ name: 'model', datatype: 'FP32', shape: [1, 300] }],
    rawInputContents: [Buffer.alloc(1200, 10)],
  };
  expect(modelNameOf(encode(request))).toEqual({ name: 'sums', version: '2' });
  expect(modelNameOf(encode({ ...request, modelName: '' })).name).toBe('');
  expect(modelNameOf(Buffer.concat([encode(request), encode({ modelName: 'last' })]))).toEqual({
    name: 'last',
    version: '2',
  });
  expect(modelNameOf(Buffer.alloc(0))).toEqual({ name: '', version: '' });
});

test.each([
  ['a length beyond the end', [0x0a, 0x7f, 0x61]],
  ['a number that never ends', [0x80]],
  ['a group', [0x0b]],
  ['a length of more than 64 bits', [0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]],
])('%s is no message', (_, bytes) => {
  expect(() => modelNameOf(Uint8Array.from(bytes))).toThrow('not a ModelInferRequest');
});
