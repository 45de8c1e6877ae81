import { describe, expect, test } from '@jest/globals';
import { bytesRowEnds, packBytes, unpackBytes } from './bytes-elements.ts';
import { decodeContents, encodeContents, type TypedContents } from './contents.ts';
import { type Datatype, elementsOf } from './datatypes.ts';
import { decodeJson, encodeJson } from './json.ts';

const nothing: TypedContents = {
  boolContents: [],
  intContents: [],
  int64Contents: [],
  uintContents: [],
  uint64Contents: [],
  fp32Contents: [],
  fp64Contents: [],
  bytesContents: [],
};

describe('JSON', () => {
  test.each<[Datatype, unknown[], string]>([
    ['BOOL', [true, false], '0100'],
    ['UINT8', [0, 255], '00ff'],
    ['INT8', [-128, 127], '807f'],
    ['UINT16', [1, 65_535], '0100ffff'],
    ['INT16', [-2], 'feff'],
    ['UINT32', [4_294_967_295], 'ffffffff'],
    ['INT32', [-1], 'ffffffff'],
    ['FP16', [1.5], '003e'],
    ['FP32', [0.25], '0000803e'],
    ['FP64', [-2], '00000000000000c0'],
    ['BYTES', ['é', ''], '02000000c3a900000000'],
  ])('%s goes to bytes and back', (datatype, values, hex) => {
    const bytes = encodeJson(datatype, values, '/data');
    expect(Buffer.from(bytes).toString('hex')).toBe(hex);
    const text = decodeJson({ name: 'y', datatype, bytes, count: values.length });
    expect(JSON.parse(text)).toEqual(values);
  });

  test('64-bit integers keep every digit', () => {
    const bytes = encodeJson('INT64', [-9_223_372_036_854_775_808n, 7], '/data');
    expect(decodeJson({ name: 'y', datatype: 'INT64', bytes, count: 2 })).toBe('[-9223372036854775808,7]');
  });

  test('nested lists are read in row-major order', () => {
    expect(
      elementsOf(
        'FP32',
        encodeJson(
          'FP32',
          [
            [1, 2],
            [3, [4]],
          ],
          '/data',
        ),
      ),
    ).toEqual(new Float32Array([1, 2, 3, 4]));
    const deep = JSON.parse(`${'['.repeat(40)}1${']'.repeat(40)}`);
    expect(() => encodeJson('FP32', deep, '/data')).toThrow('nested deeper');
  });

  test.each<[Datatype, unknown, string, string]>([
    ['FP32', 'x', '/data', 'must be a list'],
    ['FP32', [1, '2'], '/data/1', 'must be a number, not "2"'],
    ['FP32', [null], '/data/0', 'must be a number, not null'],
    ['FP32', [1e39], '/data/0', 'beyond what FP32 can hold'],
    ['UINT8', [256], '/data/0', 'from 0 to 255'],
    ['INT32', [1.5], '/data/0', 'whole number'],
    ['BOOL', [1], '/data/0', 'must be true or false'],
    ['BYTES', [1], '/data/0', 'must be a text'],
  ])('%s refuses %j', (datatype, data, pointer, detail) => {
    expect(() => encodeJson(datatype, data, '/data')).toThrow(
      expect.objectContaining({ errors: [{ pointer, detail: expect.stringContaining(detail) }] }),
    );
  });

  test('NaN is null, what JSON cannot carry names the way out', () => {
    const decode = (datatype: Datatype, bytes: Uint8Array) =>
      decodeJson({ name: 'y', datatype, bytes, count: 1 });
    const floats = (value: number) => new Uint8Array(new Float32Array([value]).buffer);
    expect(decode('FP32', floats(Number.NaN))).toBe('[null]');
    expect(() => decode('FP32', floats(-Infinity))).toThrow('binary_data');
    expect(() => decode('BYTES', packBytes([new Uint8Array([0xff])]))).toThrow('not UTF-8');
  });
});

describe('BYTES', () => {
  test('elements are counted and must fill the bytes', () => {
    const packed = packBytes([Buffer.from('ab'), Buffer.from(''), Buffer.from('c')]);
    expect(unpackBytes(packed, 3, '/x').map(String)).toEqual(['97,98', '', '99']);
    expect(bytesRowEnds(packed, 3, 1)).toEqual([6, 10, 15]);
    expect(() => unpackBytes(packed, 2, '/x')).toThrow('has 5 bytes after its 2 elements');
    expect(() => unpackBytes(packed, 4, '/x')).toThrow('holds 3 elements');
    expect(() => unpackBytes(packed.subarray(0, 13), 3, '/x')).toThrow('ends inside element 2 of 3');
    expect(() => unpackBytes(new Uint8Array([255, 255, 255, 255]), 1, '/x')).toThrow('ends inside element 0');
  });
});

describe('typed contents', () => {
  test.each<[Datatype, Partial<TypedContents>]>([
    ['BOOL', { boolContents: [true, false] }],
    ['INT8', { intContents: [-128, 1] }],
    ['UINT32', { uintContents: [4_294_967_295] }],
    ['INT64', { int64Contents: ['-9223372036854775808'] }],
    ['UINT64', { uint64Contents: ['18446744073709551615'] }],
    ['FP32', { fp32Contents: [0.5, Number.NaN] }],
    ['FP64', { fp64Contents: [0.1] }],
  ])('%s goes to bytes and back', (datatype, contents) => {
    const bytes = encodeContents(datatype, { ...nothing, ...contents }, '/contents');
    expect(decodeContents(datatype, bytes, Object.values(contents)[0]?.length ?? 0)).toEqual(contents);
  });

  test('what is in the wrong member, out of range or without a member is refused', () => {
    expect(() => encodeContents('FP32', { ...nothing, fp64Contents: [1] }, '/c')).toThrow(
      'elements of FP32 go into fp32_contents',
    );
    expect(() => encodeContents('UINT8', { ...nothing, uintContents: [300] }, '/c')).toThrow('from 0 to 255');
    expect(() => encodeContents('FP16', nothing, '/c')).toThrow('raw_input_contents');
  });
});
