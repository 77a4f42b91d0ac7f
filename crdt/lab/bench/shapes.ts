/**
 * The writers of the crdt-benchmarks suite's shapes, written anew after what its README says they measure: B1 one writer,
 * B2 two who change a shared text of 100 units apart, B3 20 times the square root of N writers, none of whom has seen another.
 */

import type { Prng } from "../../base/prng.ts";
import { letter, type Patch, sentence } from "./history.ts";

/** The patches of a writer who begins with `length` units: `count` edits, or one of `count` units. */
type Writer = (prng: Prng, length: number, count: number) => Patch[];

export const WRITERS_BY_SHAPE = {
  append: (_, length, count) => Array.from({ length: count }, (__, n): Patch => [length + n, 0, letter(n % 27)]),
  string: (_, __, count) => [[0, 0, sentence(7, count)]],
  prepend: (_, __, count) => Array.from({ length: count }, (___, n): Patch => [0, 0, letter(n % 27)]),
  scattered: (prng, length, count) => Array.from({ length: count }, (_, n): Patch => [prng.int(0, length + n + 1), 0, letter(n % 27)]),
  words(prng, length, count) {
    let now = length;
    return Array.from({ length: count }, (_, n): Patch => {
      const word = sentence(n, prng.int(3, 10));
      now += word.length;
      return [prng.int(0, now - word.length + 1), 0, word];
    });
  },
  removed: (_, __, count) => [
    [0, 0, sentence(7, count)],
    [0, count, ""],
  ],
  mixed(prng, length, count) {
    let now = length;
    return Array.from({ length: count }, (_, n): Patch => {
      const index = prng.int(0, now + 1);
      if (prng.float() < 0.5 || index === now) {
        const word = sentence(n, prng.int(2, 10));
        now += word.length;
        return [index, 0, word];
      }
      const remove = Math.min(prng.int(1, 10), now - index);
      now -= remove;
      return [index, remove, ""];
    });
  },
} as const satisfies Record<string, Writer>;

export const B1_SHAPES = ["append", "string", "prepend", "scattered", "words", "removed", "mixed"] as const;
export const B2_SHAPES = ["string", "scattered", "words", "mixed"] as const;

/** How many writers B3 has. */
export function writersOfB3(count: number): number {
  return Math.floor(20 * Math.sqrt(count));
}
