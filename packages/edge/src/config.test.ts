import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadConfig } from '@sillage/kit';
import { checkEdge, edgeVariables, withEdgeFile } from './config.ts';

const key = { SILLAGE_API_KEY: 'sk_test' };
const check = (environment: Record<string, string>) => checkEdge(loadConfig(edgeVariables, environment));

test('wrong variables are all named, with what would be right and without their values', () => {
  let message = '';
  try {
    check({ SENSOR_BAUDRATE: 'fast', SENSOR_FORMAT: 'xml', SILLAGE_URL: 'ftp://secret', EDGE_SPOOL_MB: '0' });
  } catch (error) {
    message = String(error);
  }
  for (const name of [
    'SENSOR_BAUDRATE',
    'SENSOR_FORMAT',
    'SILLAGE_URL',
    'EDGE_SPOOL_MB',
    'SILLAGE_API_KEY',
  ]) {
    expect(message).toContain(name);
  }
  expect(message).not.toContain('secret');
});

test.each([
  ['no source', {}, 'SENSOR_PORT: exactly one'],
  ['two sources', { SENSOR_PORT: '/dev/ttyUSB0', EDGE_INPUT: '-' }, 'SENSOR_PORT and EDGE_INPUT are set'],
  ['a broker without a topic', { EDGE_MQTT_URL: 'mqtt://broker' }, 'EDGE_MQTT_TOPIC: is needed'],
  ['a column twice', { SENSOR_PORT: 'COM3', SENSOR_COLUMNS: 'NO2,NO2' }, 'SENSOR_COLUMNS: must name each'],
])('%s is refused', (_, environment, message) => {
  expect(() => check({ ...key, ...environment })).toThrow(message);
});

test('a file tells what the environment does not; a name it gets wrong is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-edge-'));
  const file = join(folder, 'edge.env');
  try {
    writeFileSync(file, '# a comment\nSENSOR_PORT=/dev/ttyACM0\nSENSOR_BAUDRATE=9600\n');
    expect(withEdgeFile({ EDGE_CONFIG: file, SENSOR_BAUDRATE: '57600', SENSOR_NAME: '' })).toMatchObject({
      SENSOR_PORT: '/dev/ttyACM0',
      SENSOR_BAUDRATE: '57600',
    });
    writeFileSync(file, 'SENSOR_BAUD=9600\n');
    expect(() => withEdgeFile({ EDGE_CONFIG: file })).toThrow('SENSOR_BAUD: is no variable');
    expect(() => withEdgeFile({ EDGE_CONFIG: join(folder, 'none') })).toThrow('EDGE_CONFIG');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a password in the broker’s address is not shown', () => {
  const config = loadConfig(edgeVariables, {
    ...key,
    EDGE_MQTT_URL: 'mqtt://nose:hush@broker',
    EDGE_MQTT_TOPIC: 'a',
  });
  expect(JSON.stringify(config)).not.toContain('hush');
  expect(config.EDGE_MQTT_URL?.reveal()).toBe('mqtt://nose:hush@broker');
});
