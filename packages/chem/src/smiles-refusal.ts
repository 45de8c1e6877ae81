import { isElement } from './elements.ts';
import { fail, showCharacter } from './smiles-problem.ts';

/** Says why no atom or sign of SMILES begins at `index` (0-based). */
export function refuseCharacter(text: string, index: number): never {
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  const place = `${showCharacter(character)} at position ${index + 1}`;
  if (/\s/.test(character))
    fail(
      index,
      1,
      `${place} stands inside the SMILES`,
      'remove it: a SMILES has no spaces; send several molecules as a list',
    );
  if (character === '*') {
    fail(
      index,
      1,
      `the wildcard atom ${place} names no element`,
      'write the real atom: an unspecified molecule has no smell to predict; of a polymer send the monomer',
    );
  }
  if (character === '>')
    fail(index, 1, `${place} belongs to a reaction`, 'send one molecule, not a reaction');
  if (character === '~') fail(index, 1, `unspecified bond ${place} has no order`, 'write - = # or :');
  if (character === ']')
    fail(index, 1, `${place} closes no bracket`, 'remove it, or open the bracket atom with [');
  if (/[A-Za-z]/.test(character)) refuseLetter(text, index, character, place);
  const hint =
    (character.codePointAt(0) ?? 0) > 126
      ? 'SMILES is plain ASCII; a letter or dash copied from a document can look right and be another character'
      : 'SMILES is made of element symbols, digits and the signs - = # $ : / \\ ( ) [ ] @ + . %';
  return fail(index, character.length, `${place} is not a SMILES character`, hint);
}

function refuseLetter(text: string, index: number, letter: string, place: string): never {
  const withNext = text.slice(index, index + 2);
  const withPrevious = text.slice(Math.max(index - 1, 0), index + 1);
  for (const [symbol, start] of [
    [withNext, index],
    [withPrevious, index - 1],
  ] as const) {
    if (symbol.length === 2 && isElement(symbol)) {
      fail(
        start,
        2,
        `element ${symbol} at position ${start + 1} needs square brackets`,
        `write [${symbol}], with its hydrogens and charge inside`,
      );
    }
  }
  if (withPrevious === 'se' || withPrevious === 'as') {
    fail(
      index - 1,
      2,
      `aromatic ${withPrevious} at position ${index} needs square brackets`,
      `write [${withPrevious}]`,
    );
  }
  if (letter === 'H')
    fail(
      index,
      1,
      `hydrogen ${place} needs square brackets`,
      'leave hydrogens out (CCO, not CH3CH2OH), or write [H]',
    );
  if (letter === 'D' || letter === 'T')
    fail(index, 1, `${place} is not an element symbol`, `write [${letter === 'D' ? 2 : 3}H]`);
  if (isElement(letter)) fail(index, 1, `element ${place} needs square brackets`, `write [${letter}]`);
  return fail(
    index,
    1,
    `${place} is not an element symbol`,
    'outside brackets only B C N O P S F Cl Br I and aromatic b c n o p s are read; write other elements as in [Na+]',
  );
}
