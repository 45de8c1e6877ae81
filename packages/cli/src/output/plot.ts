const blocks = '▁▂▃▄▅▆▇█';

/** A line of blocks, the newest values at its right end; a value that was not measured is a blank. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const shown = values.slice(-width);
  const measured = shown.filter((value) => value !== null);
  const low = Math.min(...measured);
  const high = Math.max(...measured);
  return shown
    .map((value) => {
      if (value === null) return ' ';
      const share = high > low ? (value - low) / (high - low) : 0;
      return blocks[Math.min(blocks.length - 1, Math.floor(share * blocks.length))] ?? ' ';
    })
    .join('')
    .padStart(width);
}

/** A bar of a share from 0 to 1. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return '█'.repeat(filled) + '·'.repeat(width - filled);
}
