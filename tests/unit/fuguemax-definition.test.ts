/** Orders like FugueMax: the paper's definition of maximal non-interleaving, checked on random histories; and its cases by name. */

import { describe, expect, it } from "vitest";
import { createPrng, pick } from "../../crdt/base/prng.ts";
import { type Placed, violations } from "../support/non-interleaving.ts";
import { TextCopies } from "../support/text-copies.ts";

const HISTORIES = Math.ceil(2_000 * Number(process.env.FUZZ_SCALE ?? 1));
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 0);
const RERUN = "npx vitest run --config tests/vitest.config.ts tests/unit/fuguemax-definition";

/** A small history: one caret for all, so that most of it is at one place. */
function randomCopies(seed: number, onTyped?: (state: readonly Placed[]) => void): TextCopies {
  const prng = createPrng(`definition/${seed}`);
  const count = prng.int(2, 5);
  const copies = new TextCopies(count);
  const chatter = pick(prng, [0.1, 0.3, 0.5]);
  for (let step = prng.int(6, 16), unit = 0; step > 0; step--) {
    const n = prng.int(0, count);
    const { length } = copies.text(n);
    const dice = prng.float();
    if (dice < chatter) {
      const from = prng.int(0, count);
      if (from !== n) copies.sync(from, n);
    } else if (dice > 0.88 && length > 0) copies.delete(n, prng.int(0, length), 1);
    else {
      copies.type(n, prng.int(0, length + 1), String.fromCharCode(97 + (unit++ % 26)));
      onTyped?.(copies.naiveOrder(n));
    }
  }
  copies.merge();
  return copies;
}

describe("maximal non-interleaving", () => {
  it(`holds in ${HISTORIES} random histories: forward always, backward where that does not contradict it, else lower id first`, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
      const copies = randomCopies(seed);
      expect(violations(copies.naiveOrder(0)), `naive, FUZZ_SEED=${seed} ${RERUN}`).toEqual([]);
      const order = copies.documentOrder(0);
      expect(violations(order), `TextDocument, FUZZ_SEED=${seed} ${RERUN}`).toEqual([]);
      expect(order, `FUZZ_SEED=${seed}`).toEqual(copies.naiveOrder(0));
    }
  });

  it("is fulfilled by no other order: whatever two neighbours change places, some possible state breaks the definition", () => {
    let planted = 0;
    for (let seed = 0; seed < 120; seed++) {
      /** The sets of characters that a copy could have: with each, all that its author had. */
      const states: Set<Placed>[] = [new Set()];
      const seen = new Set<Placed>();
      const order = randomCopies(seed, (state) => {
        const typed = state.find((element) => !seen.has(element))!;
        seen.add(typed);
        const before = state.filter((element) => element !== typed);
        states.push(...states.filter((has) => before.every((element) => has.has(element))).map((has) => new Set([...has, typed])));
      }).naiveOrder(0);
      for (let at = 1; at < order.length; at++) {
        const [a, b] = [order[at - 1]!, order[at]!];
        const wrong = order.with(at, a).with(at - 1, b);
        const isCaught = states.some((has) => has.has(a) && has.has(b) && violations(wrong.filter((one) => has.has(one))).length > 0);
        expect(isCaught, `seed ${seed}: ${at - 1} and ${at} changed places`).toBe(true);
        planted++;
      }
    }
    expect(planted).toBeGreaterThan(500);
  });

  it("is not fulfilled by Fugue's order where the two differ", () => {
    // T07 again: FugueMax has acdb, Fugue would have adcb.
    const copies = new TextCopies(3).type(0, 0, "a").type(1, 0, "b").sync(0, 2).type(2, 1, "c").sync(0, 1).type(1, 1, "d");
    expect(copies.merge()).toBe("acdb");
    const [a, c, d, b] = copies.naiveOrder(0);
    expect(violations([a!, d!, c!, b!]).join()).toContain("(2)");
  });
});

describe("the cases of the papers", () => {
  it("T03 backward-typing: words built from right to left at one caret stay whole", () => {
    const copies = new TextCopies(2).type(0, 0, "[]").sync(0, 1).typeBack(0, 1, "abc").typeBack(1, 1, "XYZ");
    expect(copies.merge()).toBe("[abcXYZ]");
  });

  it("T05 reader-dear-alice: nobody comes between a run and what its author put before it", () => {
    const copies = new TextCopies(2).type(0, 0, "Hello!").sync(0, 1).type(0, 5, " reader").type(0, 5, " dear").type(1, 5, " Alice");
    expect(copies.merge()).toBe("Hello dear reader Alice!");
  });

  it("T06 axb (Fugue, appendix A): what is prepended stays next to what it was prepended to", () => {
    // C types b; A, who has it, prepends a; B types x at once.
    const copies = new TextCopies(3).type(2, 0, "b").sync(2, 0).type(0, 0, "a").type(1, 0, "x");
    expect(copies.merge()).toBe("xab");
  });

  it("T07 fugue-vs-fuguemax: d stays next to its right origin b", () => {
    const copies = new TextCopies(3).type(0, 0, "a").type(1, 0, "b").sync(0, 2).type(2, 1, "c").sync(0, 1).type(1, 1, "d");
    expect(copies.merge()).toBe("acdb");
  });

  it("T08 three-way: three runs at one caret stay whole, lower id first", () => {
    const copies = new TextCopies(3).type(0, 0, "[]").sync(0, 1).sync(0, 2).type(0, 1, "aaa").type(1, 1, "bbb").type(2, 1, "ccc");
    expect(copies.merge()).toBe("[aaabbbccc]");
  });

  it("T12 same-typo-fix: both corrections stay, each whole", () => {
    const copies = new TextCopies(2).type(0, 0, "teh cat").sync(0, 1);
    for (const n of [0, 1]) copies.delete(n, 1, 2).type(n, 1, "he");
    expect(copies.merge()).toBe("thehe cat");
  });
});
