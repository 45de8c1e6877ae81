import { maxReadings } from '@sillage/contracts';
import { AppError } from '@sillage/kit';
import { parseJson } from './json.ts';

/** One reading a line; empty lines are skipped. Throws invalid_input that names the line, too_large past the limit. */
export function parseNdjsonReadings(text: string): unknown[] {
  const readings: unknown[] = [];
  let start = 0;
  for (let line = 1; start < text.length; line += 1) {
    const end = text.indexOf('\n', start);
    const content = text.slice(start, end === -1 ? text.length : end).trim();
    start = end === -1 ? text.length : end + 1;
    if (content === '') continue;
    if (readings.length >= maxReadings) {
      throw new AppError('too_large', `a request may hold ${maxReadings} readings; send the rest in another`);
    }
    readings.push(parseJson(content, `line ${line}`));
  }
  return readings;
}
