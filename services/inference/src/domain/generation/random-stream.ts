/**
 * The random numbers of one sampled row: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2018), seeded from the request's seed and the row's number. Integer arithmetic of 32 bits only, so
 * that training/sillage_training/generator/random_stream.py draws the same numbers; golden.json holds both to it.
 */
export class RandomStream {
  private s0: number;
  private s1: number;
  private s2: number;
  private s3: number;

  /** seed: 0 to 2^53 - 1; row: 0 to 2^32 - 1. Streams of different rows are independent of the order they are used in. */
  constructor(seed: number, row: number) {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError('a seed is a whole number from 0 to 2^53 - 1');
    let state = add(seed | 0, GOLDEN);
    const first = mix(state) ^ Math.floor(seed / 2 ** 32);
    state = add(first, GOLDEN);
    state = mix(state) ^ row;
    const next = (): number => {
      state = add(state, GOLDEN);
      return mix(state);
    };
    // The low bit is set because xoshiro must not start at zero everywhere.
    this.s0 = next() | 1;
    this.s1 = next();
    this.s2 = next();
    this.s3 = next();
  }

  /** The next number, uniform in [0, 1), with 32 random bits. */
  uniform(): number {
    const x = Math.imul(this.s1, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = this.s1 << 9;
    this.s2 ^= this.s0;
    this.s3 ^= this.s1;
    this.s1 ^= this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= t;
    this.s3 = (this.s3 << 11) | (this.s3 >>> 21);
    return result / 4294967296;
  }
}

const GOLDEN = 0x9e3779b9;

function add(a: number, b: number): number {
  return (a + b) | 0;
}

/** The finaliser of murmur3: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let z = value;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
