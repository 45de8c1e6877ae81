import { expect, test } from '@jest/globals';
import { presentInfer, readInfer } from './oip-infer.ts';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const x = { name: 'x', datatype: 'INT32', shape: [2] };
const bytes = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);

test('JSON and bytes behind it become one message, in any mixture', () => {
  const head = json({
    id: 'seven',
    parameters: { priority: 3, binary_data_output: true, note: 'a', half: 0.5 },
    inputs: [
      { ...x, data: [1, 2] },
      { ...x, name: 'y', parameters: { binary_data_size: 8 } },
      { name: 'id', datatype: 'INT64', shape: [1], data: [[0]] },
    ],
    outputs: [{ name: 'a', parameters: { binary_data: false, classification: 2 } }, { name: 'b' }],
  });
  const exact = Buffer.from(String(head).replace('[[0]]', '[[9007199254740993]]'));
  const { request, isBinary } = readInfer(Buffer.concat([exact, bytes(3, 4)]), exact.length);
  expect(request).toEqual({
    id: 'seven',
    parameters: { priority: { int64Param: 3 }, note: { stringParam: 'a' }, half: { doubleParam: 0.5 } },
    inputs: [
      { ...x, parameters: {} },
      { ...x, name: 'y', parameters: {} },
      { name: 'id', datatype: 'INT64', shape: [1], parameters: {} },
    ],
    outputs: [
      { name: 'a', parameters: { classification: { int64Param: 2 } } },
      { name: 'b', parameters: {} },
    ],
    rawInputContents: [expect.anything(), bytes(3, 4), expect.anything()],
  });
  const [first, , third] = (request.rawInputContents ?? []).map((raw) => Buffer.from(raw as Uint8Array));
  expect(first).toEqual(bytes(1, 2));
  expect(third?.readBigInt64LE()).toBe(9_007_199_254_740_993n);
  expect([isBinary('a'), isBinary('b'), isBinary('c')]).toEqual([false, true, true]);
});

test.each<[string, Buffer, number | undefined, string, string]>([
  ['no JSON', Buffer.from('{'), undefined, '', 'is not JSON'],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), undefined, '', 'not UTF-8'],
  ['no inputs', json({}), undefined, '/inputs', 'must be a list of tensors'],
  [
    'a shape below 0',
    json({ inputs: [{ ...x, shape: [-1], data: [1] }] }),
    undefined,
    '/inputs/0/shape/0',
    '0 or more',
  ],
  ['no elements', json({ inputs: [x] }), undefined, '/inputs/0', 'has neither data nor binary_data_size'],
  [
    'too few bytes',
    json({ inputs: [{ ...x, parameters: { binary_data_size: 8 } }] }),
    undefined,
    '/inputs/0/parameters/binary_data_size',
    '0 bytes are left',
  ],
  [
    'a size that is none',
    json({ inputs: [{ ...x, parameters: { binary_data_size: '8' } }] }),
    undefined,
    '/inputs/0/parameters/binary_data_size',
    'whole number',
  ],
  [
    'a wrong element',
    json({ inputs: [{ ...x, data: [1, 'two'] }] }),
    undefined,
    '/inputs/0/data/1',
    'whole number',
  ],
  [
    'an unknown datatype',
    json({ inputs: [{ ...x, datatype: 'FLOAT', data: [1] }] }),
    undefined,
    '/inputs/0/datatype',
    'FLOAT',
  ],
  [
    'a flag that is none',
    json({ inputs: [], outputs: [{ name: 'y', parameters: { binary_data: 1 } }] }),
    undefined,
    '/outputs/0/parameters/binary_data',
    'true or false',
  ],
  [
    'a nested parameter',
    json({ inputs: [], parameters: { a: {} } }),
    undefined,
    '/parameters/a',
    'must be a text',
  ],
])('%s is refused', (_, body, length, pointer, detail) => {
  expect(() => readInfer(body, length)).toThrow(
    expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(detail) }),
  );
  if (pointer !== '') {
    expect(() => readInfer(body, length)).toThrow(
      expect.objectContaining({ errors: expect.arrayContaining([expect.objectContaining({ pointer })]) }),
    );
  }
});

test('bytes that belong to no tensor are refused', () => {
  const head = json({ inputs: [{ ...x, data: [1, 2] }] });
  expect(() => readInfer(Buffer.concat([head, bytes(1)]), head.length)).toThrow(
    '4 bytes behind the JSON belong to no tensor',
  );
});

test('an answer is JSON, with the bytes that were asked for behind it', () => {
  const output = (name: string, datatype: string, shape: string[]) => ({
    name,
    datatype,
    shape,
    parameters: {},
    contents: null,
  });
  const { head, tail } = presentInfer(
    {
      modelName: 'm',
      modelVersion: '1',
      id: 'seven',
      parameters: {},
      outputs: [output('a', 'INT32', ['2']), output('b', 'INT32', ['2', '1']), output('c', 'BYTES', ['0'])],
      rawOutputContents: [bytes(1, 2), bytes(3, 4), Buffer.alloc(0)],
    },
    (name) => name === 'b',
  );
  expect(JSON.parse(head)).toEqual({
    model_name: 'm',
    model_version: '1',
    id: 'seven',
    outputs: [
      { name: 'a', datatype: 'INT32', shape: [2], data: [1, 2] },
      { name: 'b', datatype: 'INT32', shape: [2, 1], parameters: { binary_data_size: 8 } },
      { name: 'c', datatype: 'BYTES', shape: [0], data: [] },
    ],
  });
  expect(tail).toEqual([bytes(3, 4)]);
});
