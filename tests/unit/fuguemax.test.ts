/** Orders like FugueMax: the cases of The Art of the Fugue. */

import { expect, it } from "vitest";
import { replicaIdFrom } from "../../crdt/base/ids.ts";
import { type CharOp, FugueMaxText } from "../support/naive-fuguemax.ts";

/** Copies of `start`, cut off from each other. */
function apart(start: string, count: number): FugueMaxText[] {
  const first = new FugueMaxText(replicaIdFrom(1));
  const ops = first.insert(0, start);
  return [
    first,
    ...Array.from({ length: count - 1 }, (_, n) => {
      const copy = new FugueMaxText(replicaIdFrom(n + 2));
      for (const op of ops) copy.apply(op);
      return copy;
    }),
  ];
}

function merge(copies: readonly FugueMaxText[], edits: readonly (readonly CharOp[])[]): string {
  for (const copy of copies) for (const ops of edits) for (const op of ops) copy.apply(op);
  const texts = new Set(copies.map((copy) => copy.text()));
  expect(texts.size).toBe(1);
  return copies[0]!.text();
}

it("runs typed forwards at one place stay whole, the lower id first", () => {
  const copies = apart("[]", 3);
  expect(merge(copies, [copies[0]!.insert(1, "aaa"), copies[1]!.insert(1, "bbb"), copies[2]!.insert(1, "ccc")])).toBe("[aaabbbccc]");
});

it("runs typed backwards stay whole too", () => {
  const copies = apart("[]", 2);
  const typeBack = (copy: FugueMaxText, text: string): CharOp[] =>
    Array.from(text)
      .toReversed()
      .flatMap((unit) => copy.insert(1, unit));
  expect(merge(copies, [typeBack(copies[0]!, "milk"), typeBack(copies[1]!, "eggs")])).toBe("[milkeggs]");
});

it("where Fugue mixes backward runs with different right origins, FugueMax does not: the farther right origin first", () => {
  // One writer saw x behind the place, another did not: what stands next to x stays next to x.
  const [a, b] = apart("l", 2) as [FugueMaxText, FugueMaxText];
  const x = a.insert(1, "x");
  const beforeX = a.insert(1, "n");
  const free = b.insert(1, "f");
  expect(merge([a, b], [x, beforeX, free])).toMatch(/^l(fnx|nxf)$/);
});

it("a character typed into a gap of tombstones finds its place on every copy", () => {
  const copies = apart("abcdef", 3) as [FugueMaxText, FugueMaxText, FugueMaxText];
  const gone = copies[0].delete(1, 4);
  const inside = copies[1].insert(3, "X");
  const atGap = copies[0].insert(1, "Y");
  const late = copies[2].insert(6, "Z");
  expect(merge(copies, [gone, atGap, inside, late])).toBe("aYXfZ");
});
