import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const mosquittoAdvice =
  'install mosquitto (Debian, Ubuntu: apt-get install mosquitto; macOS: brew install mosquitto)';

/** A mosquitto that is installed, by PATH or where Debian and Homebrew put it, which PATH often lacks. */
export function findMosquitto(): string | undefined {
  return [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/sbin',
  ]
    .map((folder) => join(folder, 'mosquitto'))
    .find((path) => existsSync(path));
}
