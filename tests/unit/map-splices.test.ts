/** Splice lists mapped over one another: the rules by example, CodeMirror's ChangeSet as the oracle. */

import { ChangeSet, type Text } from "@codemirror/state";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mapSplices } from "../../crdt/base/map-splices.ts";
import { applySplices, type Splice } from "../../crdt/base/splice.ts";

const RUNS = Math.ceil(2_000 * Number(process.env.FUZZ_SCALE ?? 1));
const TEXT = "abcdefghijkl";

const splice = (index: number, remove: number, insert: string): Splice => ({ index, remove, insert });

/** Ascending, disjoint changes of `TEXT`, among them ones that touch. */
const lists = fc
  .array(fc.record({ gap: fc.nat(4), remove: fc.nat(4), insert: fc.constantFrom("", "X", "YZ", "\n") }), { maxLength: 4 })
  .map((parts) => {
    const out: Splice[] = [];
    let at = 0;
    for (const { gap, remove, insert } of parts) {
      const index = at + gap;
      if (index + remove > TEXT.length || (remove === 0 && insert === "")) continue;
      out.push({ index, remove, insert });
      at = index + remove + 1;
    }
    return out;
  });

const changeSet = (splices: readonly Splice[], length = TEXT.length): ChangeSet =>
  ChangeSet.of(
    splices.map(({ index, remove, insert }) => ({ from: index, to: index + remove, insert })),
    length,
  );

function splicesOf(changes: ChangeSet): Splice[] {
  const out: Splice[] = [];
  changes.iterChanges((from, to, _, __, inserted: Text) => out.push(splice(from, to - from, inserted.toString())), true);
  return out;
}

describe("mapSplices", () => {
  it("keeps the earlier arrival left at an equal place", () => {
    expect(mapSplices([splice(2, 0, "B")], [splice(2, 0, "A")], false)).toEqual([splice(3, 0, "B")]);
    expect(mapSplices([splice(2, 0, "A")], [splice(2, 0, "B")], true)).toEqual([splice(2, 0, "A")]);
  });

  it("removes once what both remove", () => {
    expect(mapSplices([splice(1, 3, "")], [splice(2, 4, "")], false)).toEqual([splice(1, 1, "")]);
  });

  it("leaves an insertion where the other removed around it", () => {
    expect(mapSplices([splice(3, 0, "x")], [splice(1, 4, "")], false)).toEqual([splice(1, 0, "x")]);
  });

  it("does what CodeMirror's ChangeSet.map does, and leads both ways to one text", () => {
    fc.assert(
      fc.property(lists, lists, (mine, theirs) => {
        for (const isBefore of [false, true]) {
          const mapped = mapSplices(mine, theirs, isBefore);
          expect(mapped).toEqual(splicesOf(changeSet(mine).map(changeSet(theirs), isBefore)));
          const back = mapSplices(theirs, mine, !isBefore);
          expect(applySplices(applySplices(TEXT, theirs), mapped)).toBe(applySplices(applySplices(TEXT, mine), back));
        }
      }),
      { numRuns: RUNS, seed: 5 },
    );
  });
});
