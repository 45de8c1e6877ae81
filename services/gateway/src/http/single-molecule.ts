import type { RowErrorJson } from '@sillage/contracts';
import { AppError, isErrorCode } from '@sillage/kit';

/** The molecules of a request that may be one SMILES or a list. */
export function moleculesOf(smiles: string | readonly string[]): readonly string[] {
  return typeof smiles === 'string' ? [smiles] : smiles;
}

/** The one molecule of a request cannot be used: an error of the request. */
export function singleError(error: RowErrorJson): AppError {
  const detail = error.hint ? `${error.detail}; ${error.hint}` : error.detail;
  return new AppError(isErrorCode(error.code) ? error.code : 'invalid_input', `smiles: ${detail}`, {
    errors: [{ pointer: '/smiles', detail }],
    extra: error.position === undefined ? {} : { position: error.position },
  });
}

/**
 * Rows of an answer whose request is `asked`. How many can be charged is the number without an error.
 * @throws {AppError} where the request was one SMILES, not a list, and it failed.
 */
export function usableRows(asked: string | readonly string[], rows: readonly object[]): number {
  const [first] = rows;
  if (typeof asked === 'string' && first && isFailed(first)) throw singleError(first.error);
  return rows.filter((row) => !isFailed(row)).length;
}

function isFailed(row: object): row is { readonly error: RowErrorJson } {
  return 'error' in row && row.error !== undefined;
}
