/** Characters shown on either side of the one that is wrong. */
const beside = 16;

/** A text around one of its characters, counted from 1, with an ellipsis where more was left out. */
export function around(text: string, place: number): { before: string; at: string; after: string } {
  const index = Math.min(Math.max(0, place - 1), text.length);
  const from = Math.max(0, index - beside);
  const to = Math.min(text.length, index + 1 + beside);
  return {
    before: `${from > 0 ? '…' : ''}${text.slice(from, index)}`,
    // Behind the end: what is missing.
    at: text.slice(index, index + 1) || '␣',
    after: `${text.slice(index + 1, to)}${to < text.length ? '…' : ''}`,
  };
}
