import { describe, expect, test } from '@jest/globals';
import { encodeJson, packBytes, type RawTensor } from '@sillage/tensors';
import { groupOf, joinRows, splitRows } from './batch-tensors.ts';
import { checkInputs, chooseOutputs, type InputRules } from './check-inputs.ts';

const rules: InputRules = {
  signature: {
    inputs: [
      { name: 'x', datatype: 'FP32', shape: [-1, 2] },
      { name: 'tag', datatype: 'BYTES', shape: [-1, 1] },
    ],
    outputs: [
      { name: 'y', datatype: 'FP32', shape: [-1] },
      { name: 'map', datatype: 'no tensor', shape: [] },
    ],
  },
  maxRows: 4,
  refusesNaN: true,
  maxElements: 1000,
};

function x(values: number[], shape = [values.length / 2, 2]): RawTensor {
  return { name: 'x', datatype: 'FP32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}
function tag(texts: string[], shape = [texts.length, 1]): RawTensor {
  return { name: 'tag', datatype: 'BYTES', shape, bytes: packBytes(texts.map((text) => Buffer.from(text))) };
}

describe('inputs', () => {
  test('what fits is counted in rows', () => {
    expect(checkInputs([tag(['a', 'bc']), x([1, 2, 3, 4])], rules)).toBe(2);
    expect(checkInputs([x([1, 2]), tag(['a'])], { ...rules, maxRows: undefined })).toBe(1);
  });

  test.each<[string, RawTensor[], string, string]>([
    [
      'an unknown name',
      [{ ...x([1, 2]), name: 'z' }, tag(['a'])],
      '/inputs/0/name',
      'no input z; it has x, tag',
    ],
    ['a tensor twice', [x([1, 2]), x([1, 2]), tag(['a'])], '/inputs/1/name', 'given twice'],
    ['a tensor left out', [x([1, 2])], '/inputs', 'tag is missing'],
    [
      'another datatype',
      [{ ...x([1, 2]), datatype: 'INT32' }, tag(['a'])],
      '/inputs/0/datatype',
      'must be FP32',
    ],
    ['another rank', [x([1, 2], [2]), tag(['a'])], '/inputs/0/shape', 'must have the shape [-1, 2], not [2]'],
    ['another size', [x([1, 2, 3], [1, 3]), tag(['a'])], '/inputs/0/shape', 'not [1, 3]'],
    [
      'too few bytes',
      [x([1], [1, 2]), tag(['a'])],
      '/inputs/0',
      'has 4 bytes; FP32 of the shape [1, 2] has 8',
    ],
    ['BYTES that end early', [x([1, 2]), tag(['a', 'b'], [1, 1])], '/inputs/1', 'after its 1 elements'],
    ['NaN', [x([1, Number.NaN]), tag(['a'])], '/inputs/0', 'NaN at element 1'],
    ['rows that differ', [x([1, 2, 3, 4]), tag(['a'])], '/inputs/1/shape/0', 'all inputs must have as many'],
    ['no rows', [x([]), tag([])], '/inputs/0/shape', 'no elements'],
  ])('%s is named', (_, inputs, pointer, detail) => {
    expect(() => checkInputs(inputs, rules)).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        errors: expect.arrayContaining([{ pointer, detail: expect.stringContaining(detail) }]),
      }),
    );
  });

  test('more rows or elements than the model takes are too large', () => {
    const five = [x(new Array<number>(10).fill(1)), tag(['a', 'b', 'c', 'd', 'e'])];
    expect(() => checkInputs(five, rules)).toThrow(expect.objectContaining({ code: 'too_large' }));
    expect(() => checkInputs([x([1, 2]), tag(['a'])], { ...rules, maxElements: 2 })).toThrow('at most 2');
  });
});

test('outputs are those named, or all that can be sent', () => {
  expect(chooseOutputs([], rules.signature)).toEqual(['y']);
  expect(chooseOutputs(['y'], rules.signature)).toEqual(['y']);
  expect(() => chooseOutputs(['map'], rules.signature)).toThrow('cannot be sent');
  expect(() => chooseOutputs(['z'], rules.signature)).toThrow('no output z; it has y');
  expect(() => chooseOutputs(['y', 'y'], rules.signature)).toThrow('asked for twice');
});

test('requests are joined and their answers split again, text too', () => {
  const joined = joinRows([
    [x([1, 2]), tag(['a'])],
    [x([3, 4, 5, 6]), tag(['bc', 'd'])],
  ]);
  expect(joined).toEqual([x([1, 2, 3, 4, 5, 6]), tag(['a', 'bc', 'd'])]);
  expect(splitRows(joined, [1, 2])).toEqual([
    [x([1, 2]), tag(['a'])],
    [x([3, 4, 5, 6]), tag(['bc', 'd'])],
  ]);
  const scalar: RawTensor = { name: 'y', datatype: 'FP32', shape: [], bytes: encodeJson('FP32', [1], '') };
  expect(() => splitRows([scalar], [1, 2])).toThrow('output y has no rows for a batch of 3');
  expect(splitRows([scalar], [3])).toEqual([[scalar]]);
});

test('requests of different widths are of different groups', () => {
  expect(groupOf([x([1, 2])], ['y'])).toBe(groupOf([x([1, 2, 3, 4])], ['y']));
  expect(groupOf([x([1, 2])], ['y'])).not.toBe(groupOf([x([1, 2, 3], [1, 3])], ['y']));
});
