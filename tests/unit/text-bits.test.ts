import { expect, it } from "vitest";
import { createPrng } from "../../crdt/base/prng.ts";
import { GrowingBits } from "../../crdt/text/growing-bits.ts";

it.each([1, 2, 3, 4])("a set of bits is a set, whatever is added, removed and copied; seed %i", (seed) => {
  const prng = createPrng(`bits/${seed}`);
  const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);
  let bits = new GrowingBits();
  const members = new Set<number>();
  for (let step = 0; step < 2_000; step++) {
    const from = prng.int(0, 300);
    const to = from + 1 + prng.int(0, 60);
    const choice = prng.float();
    if (choice < 0.45) {
      bits.addRange(from, to);
      for (const n of numbers(from, to)) members.add(n);
    } else if (choice < 0.6) {
      bits.add(from);
      members.add(from);
    } else if (choice < 0.8) {
      bits.removeRange(from, to);
      for (const n of numbers(from, to)) members.delete(n);
    } else {
      const copy = new GrowingBits();
      if (prng.float() < 0.5) copy.addRange(0, 900);
      copy.become(bits);
      bits = copy;
    }
    const n = prng.int(0, 400);
    const low = prng.int(0, n + 1);
    const few = prng.int(0, 60);
    const last = numbers(low, n + 1).findLast((m) => members.has(m)) ?? -1;
    const isAllThere = numbers(0, few + 1).every((m) => members.has(m));
    expect([bits.has(n), bits.lastIn(low, n), bits.hasAllTo(few)], `step ${step}`).toEqual([members.has(n), last, isAllThere]);
  }
});
