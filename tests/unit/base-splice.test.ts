import { describe, expect, it } from "vitest";
import { createPrng, type Prng } from "../../crdt/base/prng.ts";
import { applySplices, composeSplices, diffText, isInsidePair, mapPosition, snapSplices, type Splice } from "../../crdt/base/splice.ts";

function randomText(prng: Prng, length: number): string {
  let text = "";
  while (text.length < length) text += "ab😀\n"[prng.int(0, 2)] ?? "";
  return text;
}

function randomSplices(prng: Prng, length: number): Splice[] {
  const out: Splice[] = [];
  let at = 0;
  for (let n = prng.int(0, 4); n > 0 && at <= length; n--) {
    const index = prng.int(at, length + 1);
    const remove = prng.int(0, Math.min(4, length - index + 1));
    out.push({ index, remove, insert: randomText(prng, prng.int(0, 4)) });
    at = index + remove;
  }
  return out;
}

describe("splices", () => {
  it("replaces several ranges that all refer to the old text", () => {
    expect(
      applySplices("abcdef", [
        { index: 1, remove: 2, insert: "X" },
        { index: 4, remove: 0, insert: "YZ" },
      ]),
    ).toBe("aXdYZef");
  });

  it("refuses a range outside the document, with the numbers in the message", () => {
    expect(() => applySplices("abc", [{ index: 2, remove: 5, insert: "" }])).toThrow(/at 2 removing 5 in a document of length 3/);
  });

  it("composes like applying one list after the other", () => {
    const prng = createPrng("compose");
    for (let round = 0; round < 2_000; round++) {
      const text = randomText(prng, prng.int(0, 12));
      const first = randomSplices(prng, text.length);
      const between = applySplices(text, first);
      const second = randomSplices(prng, between.length);
      expect(applySplices(text, composeSplices(first, second))).toBe(applySplices(between, second));
    }
  });

  it("finds the smallest replacement and never splits a pair", () => {
    expect(diffText("the meeting", "the Meeting")).toEqual([{ index: 4, remove: 1, insert: "M" }]);
    expect(diffText("a😀b", "a😁b")).toEqual([{ index: 1, remove: 2, insert: "😁" }]);
    expect(diffText("same", "same")).toEqual([]);
    const prng = createPrng("diff");
    for (let round = 0; round < 500; round++) {
      const before = randomText(prng, prng.int(0, 10));
      const after = randomText(prng, prng.int(0, 10));
      expect(applySplices(before, diffText(before, after))).toBe(after);
    }
  });

  it("maps a position by its side at an insertion and to the border of a removal", () => {
    const insert = [{ index: 2, remove: 0, insert: "xx" }];
    expect([mapPosition(2, insert, -1), mapPosition(2, insert, 1), mapPosition(3, insert, -1)]).toEqual([2, 4, 5]);
    expect(mapPosition(3, [{ index: 2, remove: 4, insert: "" }], 1)).toBe(2);
  });

  it("widens an edit that would cut an emoji", () => {
    expect(isInsidePair("😀", 1)).toBe(true);
    expect(snapSplices("a😀b", [{ index: 2, remove: 1, insert: "" }])).toEqual([{ index: 1, remove: 2, insert: "" }]);
    expect(snapSplices("a😀b", [{ index: 2, remove: 0, insert: "x" }])).toEqual([{ index: 1, remove: 0, insert: "x" }]);
  });
});
