/**
 * Seeded randomness. Every use of chance in the kernel draws from a named sub-stream, so that one
 * more draw in one place does not change the numbers seen in another.
 */

import { hash32 } from "./hash.ts";

export interface Prng {
  /** A float in [0, 1). */
  float(): number;
  /** An integer in [min, max). */
  int(min: number, max: number): number;
  /** An independent stream that depends only on this stream's seed and `name`, not on what was drawn. */
  stream(name: string): Prng;
}

/** Four 32-bit words of state: sfc32 (Doty-Humphrey, PractRand), seeded by hashing. */
export function createPrng(seed: number | string): Prng {
  const label = String(seed);
  let a = hash32(label, 1);
  let b = hash32(label, 2);
  let c = hash32(label, 3);
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const float = (): number => (next() * 0x200000 + (next() >>> 11)) / 2 ** 53;
  return {
    float,
    int(min, max) {
      if (!(max > min)) throw new RangeError(`Empty range [${min}, ${max}): expected min < max`);
      return min + Math.floor(float() * (max - min));
    },
    stream: (name) => createPrng(`${label}/${name}`),
  };
}

/** One element of a non-empty list. @throws RangeError when the list is empty. */
export function pick<T>(prng: Prng, list: readonly T[]): T {
  return list[prng.int(0, list.length)]!;
}

/** Shuffles in place (Fisher and Yates) and returns the list. */
export function shuffle<T>(prng: Prng, list: T[]): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = prng.int(0, i + 1);
    const held = list[i]!;
    list[i] = list[j]!;
    list[j] = held;
  }
  return list;
}
