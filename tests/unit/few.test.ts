import { expect, it } from "vitest";
import { Few } from "../../crdt/base/few.ts";
import { createPrng } from "../../crdt/base/prng.ts";

it("is a set, however many there are", () => {
  const prng = createPrng("few");
  const all = Array.from({ length: 4 }, (_, n) => ({ n }));
  const [few, set] = [new Few<{ n: number }>(), new Set<{ n: number }>()];
  for (let step = 0; step < 2_000; step++) {
    const member = all[prng.int(0, 4)]!;
    if (prng.float() < 0.5) {
      few.add(member);
      set.add(member);
    } else expect(few.delete(member)).toBe(set.delete(member));
    expect([few.size, [...few], all.map((each) => few.has(each))]).toEqual([set.size, [...set], all.map((each) => set.has(each))]);
  }
});
