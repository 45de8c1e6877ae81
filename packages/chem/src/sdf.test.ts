import { expect, test } from '@jest/globals';
import { sdfRecord } from './sdf.ts';

const BLOCK = 'name\n  x\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END';

test('properties follow the molblock, each ended by an empty line', () => {
  expect(sdfRecord(BLOCK, { SMILES: 'C/C=C\\C', match: 0.5 })).toBe(
    `${BLOCK}\n>  <SMILES>\nC/C=C\\C\n\n>  <match>\n0.5\n\n$$$$\n`,
  );
  expect(sdfRecord(`${BLOCK}\n\n`, {})).toBe(`${BLOCK}\n$$$$\n`);
});

test('nothing in a value can end the value, the record or start a field', () => {
  const record = sdfRecord(BLOCK, { note: 'a\r\n\r\n> <evil>\n$$$$\n  \nb\u2028$$$$c' });
  expect(record).toBe(`${BLOCK}\n>  <note>\na\n > <evil>\n $$$$\nb\n $$$$c\n\n$$$$\n`);
});

test('names lose what would delimit them; an empty name and a block without end are refused', () => {
  expect(sdfRecord(BLOCK, { 'a<b>\nc': Number.NaN })).toBe(`${BLOCK}\n>  <a b c>\n\n$$$$\n`);
  expect(() => sdfRecord(BLOCK, { '<>': 1 })).toThrow(RangeError);
  expect(() => sdfRecord('C', {})).toThrow(RangeError);
});
