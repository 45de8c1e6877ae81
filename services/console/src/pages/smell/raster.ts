/** Red, green and blue, 0-255 each. */
export type Rgb = readonly [number, number, number];

/** A dot: how much of each pixel of a square it covers. */
export interface Stamp {
  readonly edge: number;
  readonly cover: Float32Array;
}

/** A round dot with soft edges. `radius` in pixels. */
export function stampOf(radius: number): Stamp {
  const edge = 2 * Math.ceil(radius) + 1;
  const middle = (edge - 1) / 2;
  const cover = Float32Array.from({ length: edge * edge }, (_, index) => {
    const away = Math.hypot((index % edge) - middle, Math.floor(index / edge) - middle);
    return Math.min(1, Math.max(0, radius + 0.5 - away));
  });
  return { edge, cover };
}

/** Fills all pixels (RGBA, four bytes each) with one colour. */
export function fillWith(pixels: Uint8ClampedArray, [red, green, blue]: Rgb): void {
  const bytes = new Uint8Array([red, green, blue, 255]);
  new Uint32Array(pixels.buffer).fill(new Uint32Array(bytes.buffer)[0] ?? 0);
}

/**
 * Puts a dot into opaque pixels. By hand, since the canvas would be given eleven thousand commands a frame: this is
 * several times quicker, above all where no graphics processor is.
 */
export function putDot(
  target: { readonly pixels: Uint8ClampedArray; readonly width: number; readonly height: number },
  { edge, cover }: Stamp,
  at: { readonly x: number; readonly y: number },
  [red, green, blue]: Rgb,
  opacity: number,
): void {
  const { pixels, width, height } = target;
  const left = Math.round(at.x) - ((edge - 1) >> 1);
  const top = Math.round(at.y) - ((edge - 1) >> 1);
  for (let row = Math.max(0, -top); row < edge && top + row < height; row += 1) {
    for (let column = Math.max(0, -left); column < edge && left + column < width; column += 1) {
      const share = (cover[row * edge + column] ?? 0) * opacity;
      if (share === 0) continue;
      const place = 4 * ((top + row) * width + left + column);
      pixels[place] = mixed(pixels[place], red, share);
      pixels[place + 1] = mixed(pixels[place + 1], green, share);
      pixels[place + 2] = mixed(pixels[place + 2], blue, share);
    }
  }
}

function mixed(below: number | undefined, above: number, share: number): number {
  const base = below ?? 0;
  return base + (above - base) * share;
}

/** The colour of `#rrggbb`, or of `rgb(…)` as a browser computes it; black where it is neither. */
export function rgbOf(text: string): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (hex) return [byte(hex[1]), byte(hex[2]), byte(hex[3])];
  const [red = 0, green = 0, blue = 0] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

function byte(hex = '0'): number {
  return Number.parseInt(hex, 16);
}
