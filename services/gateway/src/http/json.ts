import { AppError } from '@sillage/kit';
import { visit } from 'jsonc-parser';

/** JSON as a value. Throws invalid_input that says where the text stops being JSON. */
export function parseJson(text: string, what = 'the body'): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = `${what} is not JSON: ${explain(text)}`;
    throw new AppError('invalid_input', detail, { errors: [{ pointer: '', detail }], cause: error });
  }
}

/** Thrown to leave the visitor at the first fault; going on could collect one for every byte of a large body. */
class Fault extends Error {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  constructor(offset: number, line: number, column: number) {
    super();
    this.offset = offset;
    this.line = line;
    this.column = column;
  }
}

function explain(text: string): string {
  if (text.trim() === '') return 'it is empty';
  try {
    visit(
      text,
      {
        onError: (_code, offset, _length, line, character) => {
          throw new Fault(offset, line + 1, character + 1);
        },
      },
      { disallowComments: true, allowTrailingComma: false },
    );
  } catch (error) {
    if (error instanceof Fault) return describe(text, error);
  }
  return 'it could not be read';
}

function describe(text: string, { offset, line, column }: Fault): string {
  const character = `character ${offset + 1}`;
  const place = text.includes('\n') ? `at line ${line}, column ${column} (${character})` : `at ${character}`;
  if (offset >= text.length) return `it ends too early, ${place}`;
  const found = JSON.stringify(text.slice(offset, offset + 12));
  const hint = /^-?(NaN|Infinity)/.test(text.slice(offset))
    ? '; a number that is missing is written null'
    : '';
  return `${found} is not expected ${place}${hint}`;
}
