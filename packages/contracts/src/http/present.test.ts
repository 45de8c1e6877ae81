import { expect, test } from '@jest/globals';
import { presentPredictionRow, smilesLengthError } from './predict.ts';
import { packReadings, unpackReadings } from './reading-block.ts';

test('a prediction loses the digits a float32 does not have, and what is absent stays absent', () => {
  const embedding = Buffer.alloc(8);
  embedding.writeFloatLE(0.1, 0);
  embedding.writeFloatLE(-2.5, 4);
  const row = presentPredictionRow('OCC', {
    prediction: {
      smiles: 'CCO',
      notes: ['ethereal', 'alcoholic', 'sweet', 'medicinal'],
      probabilities: [Math.fround(0.97), 0.5, 0.25, 0.125],
      intensity: Math.fround(6.1),
      embedding,
      svg: '',
      warnings: [],
      similar: [],
      attribution: null,
    },
  });
  expect(row).toEqual({
    input: 'OCC',
    smiles: 'CCO',
    primary_notes: ['ethereal', 'alcoholic', 'sweet'],
    notes: [
      { note: 'ethereal', probability: 0.97 },
      { note: 'alcoholic', probability: 0.5 },
      { note: 'sweet', probability: 0.25 },
      { note: 'medicinal', probability: 0.125 },
    ],
    intensity: 6.1,
    embedding: [0.1, -2.5],
    cached: false,
  });
});

test('neighbours, contributions and the threshold are there when inference gives them', () => {
  const row = presentPredictionRow('CSSC', {
    prediction: {
      smiles: 'CSSC',
      notes: [],
      probabilities: [],
      detectionThreshold: Math.fround(-2.66),
      embedding: Buffer.of(),
      svg: '',
      warnings: [],
      similar: [
        {
          smiles: 'CSSC',
          name: 'dimethyl disulfide',
          similarity: 1,
          notes: ['sulfurous'],
          sources: ['gslf'],
          sameMolecule: true,
        },
        {
          smiles: 'CSSSC',
          name: '',
          similarity: Math.fround(0.91),
          notes: [],
          sources: [],
          sameMolecule: false,
        },
      ],
      attribution: { note: 'sulfurous', atoms: [Math.fround(-0.1), 1], unitLogOdds: Math.fround(2.7) },
    },
  });
  expect(row).toMatchObject({
    detection_threshold: -2.66,
    similar: [
      {
        smiles: 'CSSC',
        name: 'dimethyl disulfide',
        similarity: 1,
        notes: ['sulfurous'],
        sources: ['gslf'],
        same_molecule: true,
      },
      { smiles: 'CSSSC', similarity: 0.91, notes: [], sources: [] },
    ],
    attribution: { note: 'sulfurous', atoms: [-0.1, 1], unit_log_odds: 2.7 },
  });
  expect(Object.keys(row).at(-1)).toBe('cached');
});

test('a bad molecule is a row with its place and a hint', () => {
  const error = { code: 'invalid_input', detail: 'ring 1 is never closed', position: 2, hint: '' };
  expect(presentPredictionRow('C1CC', { error })).toEqual({
    input: 'C1CC',
    error: { code: 'invalid_input', detail: 'ring 1 is never closed', position: 2 },
  });
});

test('lengths are told without asking inference', () => {
  expect(smilesLengthError('C'.repeat(1000))).toBeUndefined();
  expect(smilesLengthError('')).toMatchObject({ detail: 'the SMILES is empty' });
  expect(smilesLengthError('C'.repeat(1001))).toMatchObject({ code: 'invalid_input', position: 1001 });
});

test('readings go to columns and come back', () => {
  const readings = [
    { t: '2026-11-21T10:00:00.000Z', channels: { NO2: 216, VOC: null } },
    { t: '2026-11-21T10:00:01.000Z', channels: { VOC: 494.5, CO: 3 } },
  ];
  const block = packReadings(readings);
  expect(block.channels).toEqual(['NO2', 'VOC', 'CO']);
  expect(unpackReadings(block)).toEqual([
    { t: '2026-11-21T10:00:00.000Z', channels: { NO2: 216, VOC: null, CO: null } },
    { t: '2026-11-21T10:00:01.000Z', channels: { NO2: null, VOC: 494.5, CO: 3 } },
  ]);
});
